//! Portal tokens: what the product's people may do with one, and what nobody may.

mod desk;
mod documented;
mod ends;
mod forged;
mod fresh;
mod once;
mod pages;
mod rights;
mod rotating;
