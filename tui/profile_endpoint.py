"""From a profile as written to an endpoint to speak to: keys fetched, the sandbox up."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from tui.api.endpoint import Endpoint
from tui.core.errors import Problem
from tui.core.keys import KeySource, resolve_key_async
from tui.core.safe_text import clean
from tui.core.settings import Profile
from tui.sandbox_child import SandboxChild
from tui.store.views import ProfileView


async def endpoint_of(
    profile: Profile, environ: Mapping[str, str], sandbox: SandboxChild
) -> tuple[Endpoint, str]:
    """The endpoint, and a note on what is missing. Raises `ProblemError`."""
    if profile.starts_sandbox:
        address = await sandbox.address()
        base_url: str = address.base_url
        key: SecretStr | None = address.api_key
        admin_key: SecretStr | None = address.admin_key
        note = ""
    else:
        base_url = profile.base_url
        key, note = await _key(profile.key, environ)
        admin_key, _ = await _key(profile.admin_key, environ)
    endpoint = Endpoint(
        name=profile.name,
        kind=profile.kind,
        base_url=base_url,
        key=key,
        admin_key=admin_key,
        organization=profile.organization,
        project=profile.project,
        headers=dict(profile.headers),
        query=dict(profile.query),
        connect_timeout=profile.connect_timeout,
        read_timeout=profile.read_timeout,
        ca_bundle=profile.ca_bundle,
        read_only=profile.read_only,
    )
    return endpoint, note


async def _key(
    source: KeySource | None, environ: Mapping[str, str]
) -> tuple[SecretStr | None, str]:
    """The key, or the reason why there is none: a server without keys is a server all the same."""
    if source is None:
        return None, ""
    found = await resolve_key_async(source, environ=environ)
    if isinstance(found, Problem):
        return None, clean(str(found), limit=200)
    return found, ""


def view_of(profile: Profile, endpoint: Endpoint, note: str) -> ProfileView:
    """What the top line shows of a profile."""
    return ProfileView(
        name=clean(profile.name, limit=60),
        kind=str(profile.kind),
        host=clean(urlsplit(endpoint.base_url).netloc, limit=120),
        read_only=profile.read_only,
        has_key=endpoint.key is not None,
        has_admin_key=endpoint.admin_key is not None,
        color=profile.color,
        note=note,
    )


def ledger_file(folder: Path, endpoint: Endpoint | Profile) -> Path:
    """One ledger per base URL and project; the sandbox's port changes, so it goes by its kind."""
    place = "sandbox" if endpoint.kind == "sandbox" else endpoint.base_url
    identity = f"{place}\n{endpoint.organization or ''}\n{endpoint.project or ''}"
    digest = hashlib.sha256(identity.encode("utf-8")).hexdigest()[:16]
    return folder / f"{digest}.sqlite3"
