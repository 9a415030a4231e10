//! How many rows a workspace has in each table.

use crate::table::Size;

/// One row, whatever the scale.
pub(super) const WORKSPACES: Size = Size::new(0, 1);
pub(super) const BRANCHES: Size = Size::new(6, 2);
pub(super) const ROLES: Size = Size::new(5, 3);
pub(super) const USERS: Size = Size::new(60, 3);
pub(super) const API_TOKENS: Size = Size::new(10, 2);
pub(super) const CUSTOMERS: Size = Size::new(4_000, 6);
pub(super) const DEVICES: Size = Size::new(4_500, 6);
pub(super) const REPAIR_TICKETS: Size = Size::new(5_000, 6);
pub(super) const TICKET_HISTORY: Size = Size::new(6_500, 8);
pub(super) const NOTES: Size = Size::new(2_500, 6);
pub(super) const SUPPLIERS: Size = Size::new(60, 3);
pub(super) const PRODUCTS: Size = Size::new(1_500, 6);
pub(super) const BARCODES: Size = Size::new(1_700, 6);
pub(super) const INVENTORY: Size = Size::new(3_000, 6);
pub(super) const STOCK_MOVEMENTS: Size = Size::new(4_500, 6);
pub(super) const PURCHASE_ORDERS: Size = Size::new(300, 3);
pub(super) const PURCHASE_ORDER_LINES: Size = PURCHASE_ORDERS.each(LINES_PER_ORDER);
/// Never more than there are orders: the first deliveries belong to the first orders.
pub(super) const RECEIVING_RECORDS: Size = Size::new(250, 3);
pub(super) const RECEIVING_LINES: Size = RECEIVING_RECORDS.each(LINES_PER_ORDER);
pub(super) const CASHIER_SHIFTS: Size = Size::new(500, 3);
pub(super) const RETAIL_SALES: Size = Size::new(3_000, 6);
pub(super) const SALE_LINES: Size = RETAIL_SALES.each(LINES_PER_SALE);
pub(super) const REFUNDS: Size = Size::new(150, 3);
pub(super) const ACCOUNTING_ENTRIES: Size = Size::new(3_000, 6);
pub(super) const DAILY_REPORTS: Size = Size::new(700, 4);
pub(super) const SUBSCRIPTIONS: Size = Size::new(2, 1);
pub(super) const PAYMENT_METHODS: Size = Size::new(3, 1);
pub(super) const INVOICES: Size = Size::new(36, 3);
pub(super) const USER_SESSIONS: Size = Size::new(200, 3);
pub(super) const SECURITY_EVENTS: Size = Size::new(1_200, 5);

pub(super) const LINES_PER_ORDER: u64 = 4;
pub(super) const LINES_PER_SALE: u64 = 2;
