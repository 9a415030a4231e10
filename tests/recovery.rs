//! Faults on purpose: whatever is killed, lost or cut, every accepted export ends once, as an archive and a mail or with a reason.

mod bulk;
mod doorbells;
mod fleet;
mod killed;
mod ledger_lost;
mod mail_lost;
mod memory;
mod queue_lost;
mod remains;
mod site;
mod source_lost;
mod stopped;
mod vault_lost;
