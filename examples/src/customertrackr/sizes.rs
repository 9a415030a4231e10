//! How many rows an account has in each table.

use crate::table::Size;

pub(super) const USERS: Size = Size::new(40, 3);
pub(super) const PREFERENCES: Size = USERS.each(super::accounts::SETTINGS);
pub(super) const SESSIONS: Size = Size::new(200, 3);
pub(super) const LOGIN_EVENTS: Size = Size::new(1_500, 5);
pub(super) const USAGE_EVENTS: Size = Size::new(2_000, 5);
pub(super) const SUPPORT_MESSAGES: Size = Size::new(120, 3);
pub(super) const COMPANIES: Size = Size::new(2_000, 5);
pub(super) const CONTACTS: Size = Size::new(8_000, 10);
pub(super) const NOTES: Size = Size::new(12_000, 15);
pub(super) const NOTE_ATTACHMENTS: Size = Size::new(600, 3);
pub(super) const ACTIVITIES: Size = Size::new(11_000, 15);
pub(super) const TAGS: Size = Size::new(60, 4);
pub(super) const CONTACT_TAGS: Size = Size::new(6_000, 8);
pub(super) const CUSTOM_FIELDS: Size = Size::new(12, 4);
pub(super) const CUSTOM_FIELD_VALUES: Size = Size::new(6_000, 8);
