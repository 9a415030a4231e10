//! Every page as people meet it: in a real browser, on a phone and on a desktop, by keyboard, light and dark.

mod checks;
mod console;
mod downloads;
mod house;
mod letters;
mod portal;
mod receiving;
mod start_here;
mod walk;
