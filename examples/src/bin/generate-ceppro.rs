//! Fills an empty PostgreSQL database with an example CepPro.

use clap::Parser;
use examples::{Generator, ceppro};

/// Fill an empty PostgreSQL database with the data of an example repair-shop product.
#[derive(Parser)]
struct Arguments {
    /// The empty database, as a superuser: postgres://postgres@localhost/ceppro
    #[arg(long)]
    url: String,
    /// How many workspaces
    #[arg(long, default_value_t = 3)]
    tenants: usize,
    /// How much data: 1 is about 50,000 rows per workspace
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
    let tenants = ceppro::tenants(arguments.tenants);
    let generator = Generator::with_tenants(tenants, arguments.scale, arguments.seed);
    ceppro::create(&arguments.url, &generator).await?;
    println!("The database is ready. Its workspaces:");
    for tenant in &generator.tenants {
        println!("{}\t{}", tenant.key, tenant.label);
    }
    Ok(())
}
