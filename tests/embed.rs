//! The button in products: what is served for it, what it shows in a real browser, and the example products that have it.

mod portals;
mod product;
mod served;
mod states;
