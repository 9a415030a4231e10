"""Asks for an export through the generated client, follows it, and has a webhook made. Prints `done` and the export's number."""

import sys
import time
import uuid

from handover_client import AuthenticatedClient
from handover_client.api.exports import create_export, list_exports, show_export
from handover_client.api.links import create_link
from handover_client.api.schedules import change_schedule, create_schedule
from handover_client.api.webhooks import change_webhook, create_webhook, list_webhook_messages, test_webhook
from handover_client.models import (
    EveryTenant,
    Export,
    ExportRequest,
    Format,
    LinkRequest,
    Problem,
    ScheduleChange,
    ScheduleRequest,
    State,
    WebhookChange,
    WebhookDelivery,
    WebhookEvent,
    WebhookRequest,
)

base_url, key, tenant = sys.argv[1:]
client = AuthenticatedClient(base_url=base_url, token=key)


def sure(answer):
    """The answer, or an error that says what the server said."""
    if isinstance(answer, Problem):
        raise RuntimeError(f"{answer.code}: {answer.detail}")
    return answer


export = sure(
    create_export.sync(
        client=client, body=ExportRequest(source="customertrackr", tenant=tenant, formats=[Format.CSV])
    )
)
while export.state in (State.QUEUED, State.RUNNING):
    time.sleep(0.1)
    export = sure(show_export.sync(export.id, client=client))
assert isinstance(export, Export) and export.state is State.READY, export
assert sum(file.bytes_ for file in export.files) > 0
assert export.expires_at > export.created_at

link = sure(create_link.sync(export.id, client=client, body=LinkRequest(expires_in=3600)))
assert link.url.startswith("http")
listed = sure(list_exports.sync(client=client, state=State.READY, limit=1))
assert [item.id for item in listed.items] == [export.id]

refused = show_export.sync(uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057"), client=client)
assert isinstance(refused, Problem) and refused.code == "export_not_found"

hook = sure(
    create_webhook.sync(
        client=client, body=WebhookRequest(url="https://hooks.example.com/", events=[WebhookEvent.EXPORT_READY])
    )
)
assert hook.secret.startswith("whsec_") and hook.webhook.source is None
changed = sure(change_webhook.sync(hook.webhook.id, client=client, body=WebhookChange(enabled=False)))
assert changed.enabled is False and changed.events == [WebhookEvent.EXPORT_READY]
messages = sure(list_webhook_messages.sync(hook.webhook.id, client=client, state=WebhookDelivery.MISSED))
assert messages.items == []
disabled = test_webhook.sync(hook.webhook.id, client=client)
assert isinstance(disabled, Problem) and disabled.code == "webhook_disabled"

schedule = sure(
    create_schedule.sync(
        client=client,
        body=ScheduleRequest(
            name="nightly", source="customertrackr", tenants=EveryTenant.ALL, cron="0 3 * * *", time_zone="Europe/Berlin"
        ),
    )
)
paused = sure(change_schedule.sync(schedule.id, client=client, body=ScheduleChange(paused=True)))
assert paused.paused_at is not None

print("done", export.id)
