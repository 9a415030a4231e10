//! Archives are sealed before they reach the vault, and open for whom they are meant: here, with Tink, and nowhere after their key was destroyed.

mod attacks;
mod desk;
mod fixture;
mod installed;
mod interoperability;
mod kms;
