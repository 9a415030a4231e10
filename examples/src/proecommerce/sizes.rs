//! How many rows an account has in each table.

use crate::table::Size;

/// One row, whatever the scale.
pub(super) const ACCOUNTS: Size = Size::new(0, 1);
pub(super) const ACCOUNT_FOLDERS: Size = Size::new(40, 4);
pub(super) const WEBHOOKS: Size = Size::new(5, 2);
pub(super) const CONTACTS: Size = Size::new(60, 3);
pub(super) const API_KEYS: Size = Size::new(20, 3);
pub(super) const SESSIONS: Size = Size::new(300, 3);
pub(super) const LOGIN_HISTORY: Size = Size::new(3_000, 5);
pub(super) const MARKETING_CONSENTS: Size = CONTACTS.each(CHANNELS);
pub(super) const PAYMENT_METHODS: Size = Size::new(6, 2);
pub(super) const SUBSCRIPTIONS: Size = Size::new(300, 4);
pub(super) const INVOICES: Size = Size::new(3_000, 6);
pub(super) const INVOICE_LINES: Size = INVOICES.each(LINES_PER_INVOICE);
pub(super) const TRANSACTIONS: Size = Size::new(3_500, 6);
pub(super) const CREDIT_ENTRIES: Size = Size::new(800, 5);
pub(super) const DOMAINS: Size = Size::new(1_000, 5);
pub(super) const DNS_RECORDS: Size = Size::new(6_000, 10);
pub(super) const TLS_CERTIFICATES: Size = Size::new(900, 4);
pub(super) const TAGS: Size = Size::new(30, 3);
pub(super) const DOMAIN_TAGS: Size = Size::new(900, 6);
pub(super) const HOSTING_SERVICES: Size = Size::new(250, 4);
pub(super) const SERVER_CREDENTIALS: Size = Size::new(500, 4);
pub(super) const TRAFFIC_DAYS: Size = HOSTING_SERVICES.each(DAYS_MEASURED);
pub(super) const TICKETS: Size = Size::new(1_500, 5);
pub(super) const TICKET_MESSAGES: Size = Size::new(4_500, 8);
pub(super) const EMAILS: Size = Size::new(3_000, 6);
pub(super) const ATTACHMENTS: Size = Size::new(400, 4);
pub(super) const NOTES: Size = Size::new(900, 8);
pub(super) const AUDIT_LOG: Size = Size::new(3_500, 8);

pub(super) const CHANNELS: u64 = 2;
pub(super) const LINES_PER_INVOICE: u64 = 3;
pub(super) const DAYS_MEASURED: u64 = 20;
