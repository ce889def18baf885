# ruff: noqa: E501
"""Which operations the platform has: method, path, which key, which beta header.

A table of facts from the contract's index, kept apart from the handlers: what is known and not
served answers 501 in the platform's error shape, and the share that is served can be counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# id, method, path; `admin`: wants the admin key; `beta:`: the OpenAI-Beta header it demands.
_TABLE = """
listAssistants GET /assistants beta:assistants=v2
createAssistant POST /assistants beta:assistants=v2
deleteAssistant DELETE /assistants/{assistant_id} beta:assistants=v2
getAssistant GET /assistants/{assistant_id} beta:assistants=v2
modifyAssistant POST /assistants/{assistant_id} beta:assistants=v2
createThread POST /threads beta:assistants=v2
createThreadAndRun POST /threads/runs beta:assistants=v2
deleteThread DELETE /threads/{thread_id} beta:assistants=v2
getThread GET /threads/{thread_id} beta:assistants=v2
modifyThread POST /threads/{thread_id} beta:assistants=v2
listMessages GET /threads/{thread_id}/messages beta:assistants=v2
createMessage POST /threads/{thread_id}/messages beta:assistants=v2
deleteMessage DELETE /threads/{thread_id}/messages/{message_id} beta:assistants=v2
getMessage GET /threads/{thread_id}/messages/{message_id} beta:assistants=v2
modifyMessage POST /threads/{thread_id}/messages/{message_id} beta:assistants=v2
listRuns GET /threads/{thread_id}/runs beta:assistants=v2
createRun POST /threads/{thread_id}/runs beta:assistants=v2
getRun GET /threads/{thread_id}/runs/{run_id} beta:assistants=v2
modifyRun POST /threads/{thread_id}/runs/{run_id} beta:assistants=v2
cancelRun POST /threads/{thread_id}/runs/{run_id}/cancel beta:assistants=v2
listRunSteps GET /threads/{thread_id}/runs/{run_id}/steps beta:assistants=v2
getRunStep GET /threads/{thread_id}/runs/{run_id}/steps/{step_id} beta:assistants=v2
submitToolOuputsToRun POST /threads/{thread_id}/runs/{run_id}/submit_tool_outputs beta:assistants=v2
list-audit-logs GET /organization/audit_logs admin
listOrganizationCertificates GET /organization/certificates admin
uploadCertificate POST /organization/certificates admin
activateOrganizationCertificates POST /organization/certificates/activate admin
deactivateOrganizationCertificates POST /organization/certificates/deactivate admin
deleteCertificate DELETE /organization/certificates/{certificate_id} admin
getCertificate GET /organization/certificates/{certificate_id} admin
modifyCertificate POST /organization/certificates/{certificate_id} admin
listProjectCertificates GET /organization/projects/{project_id}/certificates admin
activateProjectCertificates POST /organization/projects/{project_id}/certificates/activate admin
deactivateProjectCertificates POST /organization/projects/{project_id}/certificates/deactivate admin
listChatCompletions GET /chat/completions
createChatCompletion POST /chat/completions
deleteChatCompletion DELETE /chat/completions/{completion_id}
getChatCompletion GET /chat/completions/{completion_id}
updateChatCompletion POST /chat/completions/{completion_id}
getChatCompletionMessages GET /chat/completions/{completion_id}/messages
createCompletion POST /completions
createEmbedding POST /embeddings
listEvals GET /evals
createEval POST /evals
deleteEval DELETE /evals/{eval_id}
getEval GET /evals/{eval_id}
updateEval POST /evals/{eval_id}
getEvalRuns GET /evals/{eval_id}/runs
createEvalRun POST /evals/{eval_id}/runs
deleteEvalRun DELETE /evals/{eval_id}/runs/{run_id}
getEvalRun GET /evals/{eval_id}/runs/{run_id}
cancelEvalRun POST /evals/{eval_id}/runs/{run_id}
sdk.evals.runs.cancel POST /evals/{eval_id}/runs/{run_id}/cancel
getEvalRunOutputItems GET /evals/{eval_id}/runs/{run_id}/output_items
getEvalRunOutputItem GET /evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}
listFiles GET /files
createFile POST /files
deleteFile DELETE /files/{file_id}
retrieveFile GET /files/{file_id}
downloadFile GET /files/{file_id}/content
listFineTuningCheckpointPermissions GET /fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions admin
createFineTuningCheckpointPermission POST /fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions admin
deleteFineTuningCheckpointPermission DELETE /fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions/{permission_id} admin
listPaginatedFineTuningJobs GET /fine_tuning/jobs
createFineTuningJob POST /fine_tuning/jobs
retrieveFineTuningJob GET /fine_tuning/jobs/{fine_tuning_job_id}
cancelFineTuningJob POST /fine_tuning/jobs/{fine_tuning_job_id}/cancel
listFineTuningJobCheckpoints GET /fine_tuning/jobs/{fine_tuning_job_id}/checkpoints
listFineTuningEvents GET /fine_tuning/jobs/{fine_tuning_job_id}/events
createModeration POST /moderations
list-projects GET /organization/projects admin
create-project POST /organization/projects admin
retrieve-project GET /organization/projects/{project_id} admin
modify-project POST /organization/projects/{project_id} admin
list-project-api-keys GET /organization/projects/{project_id}/api_keys admin
delete-project-api-key DELETE /organization/projects/{project_id}/api_keys/{api_key_id} admin
retrieve-project-api-key GET /organization/projects/{project_id}/api_keys/{api_key_id} admin
archive-project POST /organization/projects/{project_id}/archive admin
list-project-rate-limits GET /organization/projects/{project_id}/rate_limits admin
update-project-rate-limits POST /organization/projects/{project_id}/rate_limits/{rate_limit_id} admin
list-project-service-accounts GET /organization/projects/{project_id}/service_accounts admin
create-project-service-account POST /organization/projects/{project_id}/service_accounts admin
delete-project-service-account DELETE /organization/projects/{project_id}/service_accounts/{service_account_id} admin
retrieve-project-service-account GET /organization/projects/{project_id}/service_accounts/{service_account_id} admin
list-project-users GET /organization/projects/{project_id}/users admin
create-project-user POST /organization/projects/{project_id}/users admin
delete-project-user DELETE /organization/projects/{project_id}/users/{user_id} admin
retrieve-project-user GET /organization/projects/{project_id}/users/{user_id} admin
modify-project-user POST /organization/projects/{project_id}/users/{user_id} admin
createResponse POST /responses
Compactconversation POST /responses/compact
Getinputtokencounts POST /responses/input_tokens
deleteResponse DELETE /responses/{response_id}
getResponse GET /responses/{response_id}
cancelResponse POST /responses/{response_id}/cancel
listInputItems GET /responses/{response_id}/input_items
usage-costs GET /organization/costs admin
usage-audio-speeches GET /organization/usage/audio_speeches admin
usage-audio-transcriptions GET /organization/usage/audio_transcriptions admin
usage-code-interpreter-sessions GET /organization/usage/code_interpreter_sessions admin
usage-completions GET /organization/usage/completions admin
usage-embeddings GET /organization/usage/embeddings admin
usage-file-search-calls GET /organization/usage/file_search_calls admin
usage-images GET /organization/usage/images admin
usage-moderations GET /organization/usage/moderations admin
usage-vector-stores GET /organization/usage/vector_stores admin
usage-web-search-calls GET /organization/usage/web_search_calls admin
listVectorStores GET /vector_stores beta:assistants=v2
createVectorStore POST /vector_stores beta:assistants=v2
deleteVectorStore DELETE /vector_stores/{vector_store_id} beta:assistants=v2
getVectorStore GET /vector_stores/{vector_store_id} beta:assistants=v2
modifyVectorStore POST /vector_stores/{vector_store_id} beta:assistants=v2
createVectorStoreFileBatch POST /vector_stores/{vector_store_id}/file_batches beta:assistants=v2
getVectorStoreFileBatch GET /vector_stores/{vector_store_id}/file_batches/{batch_id} beta:assistants=v2
cancelVectorStoreFileBatch POST /vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel beta:assistants=v2
listFilesInVectorStoreBatch GET /vector_stores/{vector_store_id}/file_batches/{batch_id}/files beta:assistants=v2
listVectorStoreFiles GET /vector_stores/{vector_store_id}/files beta:assistants=v2
createVectorStoreFile POST /vector_stores/{vector_store_id}/files beta:assistants=v2
deleteVectorStoreFile DELETE /vector_stores/{vector_store_id}/files/{file_id} beta:assistants=v2
getVectorStoreFile GET /vector_stores/{vector_store_id}/files/{file_id} beta:assistants=v2
updateVectorStoreFileAttributes POST /vector_stores/{vector_store_id}/files/{file_id} beta:assistants=v2
retrieveVectorStoreFileContent GET /vector_stores/{vector_store_id}/files/{file_id}/content beta:assistants=v2
searchVectorStore POST /vector_stores/{vector_store_id}/search beta:assistants=v2
listBatches GET /batches
createBatch POST /batches
retrieveBatch GET /batches/{batch_id}
cancelBatch POST /batches/{batch_id}/cancel
createConversation POST /conversations
deleteConversation DELETE /conversations/{conversation_id}
getConversation GET /conversations/{conversation_id}
updateConversation POST /conversations/{conversation_id}
listConversationItems GET /conversations/{conversation_id}/items
createConversationItems POST /conversations/{conversation_id}/items
deleteConversationItem DELETE /conversations/{conversation_id}/items/{item_id}
getConversationItem GET /conversations/{conversation_id}/items/{item_id}
runGrader POST /fine_tuning/alpha/graders/run
validateGrader POST /fine_tuning/alpha/graders/validate
pauseFineTuningJob POST /fine_tuning/jobs/{fine_tuning_job_id}/pause
resumeFineTuningJob POST /fine_tuning/jobs/{fine_tuning_job_id}/resume
list-invites GET /organization/invites admin
inviteUser POST /organization/invites admin
delete-invite DELETE /organization/invites/{invite_id} admin
retrieve-invite GET /organization/invites/{invite_id} admin
listModels GET /models
deleteModel DELETE /models/{model}
retrieveModel GET /models/{model}
createUpload POST /uploads
cancelUpload POST /uploads/{upload_id}/cancel
completeUpload POST /uploads/{upload_id}/complete
addUploadPart POST /uploads/{upload_id}/parts
list-users GET /organization/users admin
delete-user DELETE /organization/users/{user_id} admin
retrieve-user GET /organization/users/{user_id} admin
modify-user POST /organization/users/{user_id} admin
"""


@dataclass(frozen=True, slots=True)
class KnownOperation:
    """One operation of the platform, or of the sandbox's own extensions."""

    id: str
    method: str
    path: str
    """Below the base URL, with `{name}` segments."""
    admin: bool = False
    """Wants the admin key and refuses the project key."""
    beta: str | None = None
    """The OpenAI-Beta value that it demands."""
    extension: bool = False
    """The sandbox's own, not the platform's."""


def _parse(table: str) -> Iterator[KnownOperation]:
    for line in table.strip().splitlines():
        id_, method, path, *flags = line.split()
        beta = next((flag.removeprefix("beta:") for flag in flags if flag != "admin"), None)
        yield KnownOperation(id_, method, path, admin="admin" in flags, beta=beta)


KNOWN_OPERATIONS: tuple[KnownOperation, ...] = tuple(_parse(_TABLE))
