//! The pages of the console for those who operate: what they show is what the API says, and what they do is what it does.

mod desk;
mod exports;
mod overview;
mod roles;
mod schedules;
mod sources;
mod watching;
