//! Fills an empty MariaDB or MySQL database with an example ProEcommerce.

use std::io::BufWriter;

use clap::Parser;
use examples::{Generator, proecommerce};

/// Fill an empty MariaDB or MySQL database with the data of an example billing and hosting product.
#[derive(Parser)]
struct Arguments {
    /// The empty database: mysql://root@localhost/proecommerce. Without it the same is written to standard output as SQL
    #[arg(long)]
    url: Option<String>,
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
#[expect(clippy::print_stderr, reason = "the keys are what the person needs next, and must not stand in the SQL")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let tenants = proecommerce::tenants(arguments.tenants);
    let generator = Generator::with_tenants(tenants, arguments.scale, arguments.seed);
    match &arguments.url {
        Some(url) => proecommerce::create(url, &generator).await?,
        None => proecommerce::write(&mut BufWriter::new(std::io::stdout().lock()), &generator)?,
    }
    eprintln!("The data is ready. Its accounts:");
    for tenant in &generator.tenants {
        eprintln!("{}\t{}", tenant.key, tenant.label);
    }
    Ok(())
}
