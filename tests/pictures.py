"""Write `screenshots/` from the scenes: `python -m tests.pictures`.

The same code, worlds and keys as the snapshots, so a picture cannot show what is not tested. The
web fonts that the export names are left out: a picture needs nothing from outside.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.ui.house import demo_sandbox
from tests.ui.scenes import SCENES, Scene
from tests.ui.test_snapshots import house_of, play, world_of
from tui.sandbox.thread import RunningSandbox

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
FONT_FACE = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)


async def picture(scene: Scene, sandbox: RunningSandbox, folder: Path) -> str:
    """One scene as SVG."""
    house = house_of(scene, sandbox, folder)
    async with house.app.run_test(size=scene.size) as pilot:
        await play(scene, house, pilot)
        svg = house.app.export_screenshot(title="")
    return FONT_FACE.sub("", svg)


def main() -> int:
    os.environ["TZ"] = "UTC"
    time.tzset()
    FOLDER.mkdir(exist_ok=True)
    with demo_sandbox() as demo:
        for scene in SCENES:
            if not scene.picture:
                continue
            with tempfile.TemporaryDirectory() as home, world_of(scene, demo) as sandbox:
                os.chdir(home)
                os.environ["HOME"] = home
                svg = asyncio.run(picture(scene, sandbox, Path(home)))
            (FOLDER / f"{scene.name}.svg").write_text(svg, "utf-8")
            print(scene.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
