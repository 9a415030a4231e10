//! Clients that are made from the OpenAPI document by public generators: their types hold, and they talk with a real server.

mod python;
mod shop;
mod typescript;
