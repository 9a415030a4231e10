//! The example products: their schemas and data generators.
