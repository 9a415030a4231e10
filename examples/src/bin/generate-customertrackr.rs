//! Writes an example CustomerTrackr database.

use std::path::PathBuf;

use clap::Parser;
use examples::{Generator, customertrackr};

/// Write a new SQLite file with the data of an example CRM.
#[derive(Parser)]
struct Arguments {
    /// The file to write; it must not exist yet
    #[arg(long, default_value = "customertrackr.db")]
    output: PathBuf,
    /// How many accounts
    #[arg(long, default_value_t = 3)]
    tenants: usize,
    /// How much data: 1 is about 50,000 rows per account
    #[arg(long, default_value_t = 0.1)]
    scale: f64,
    /// Equal seeds give equal data
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the keys are what the person needs next")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let tenants = customertrackr::tenants(arguments.tenants);
    let generator = Generator::with_tenants(tenants, arguments.scale, arguments.seed);
    customertrackr::create(&arguments.output, &generator).await?;
    println!("{} is ready. Its accounts:", arguments.output.display());
    for tenant in &generator.tenants {
        println!("{}\t{}", tenant.key, tenant.label);
    }
    Ok(())
}
