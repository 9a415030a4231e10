//! The way to the server: how good it is, what went over it, and to whom.

use std::collections::BTreeMap;

use reqwest::Url;
use serde_json::{Value, json};

use super::Browser;

/// How good the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Usual,
    /// 50 kB in a second, and 400 ms until anything comes.
    Slow,
    /// None.
    Offline,
}

/// What one page cost.
#[derive(Debug)]
pub(crate) struct Traffic {
    /// Every address that was asked for, and the bytes that came, with the header fields and as compressed.
    pub(crate) requests: Vec<(String, u64)>,
}

impl Traffic {
    /// Bytes of all answers together.
    pub(crate) fn bytes(&self) -> u64 {
        self.requests.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Panics if anybody but the servers at these addresses was asked for anything.
    pub(crate) fn assert_only_from(&self, addresses: &[&str]) {
        let own: Vec<_> = addresses.iter().map(|address| Url::parse(address).unwrap().origin()).collect();
        let foreign = |url: &&(String, u64)| {
            let url = Url::parse(&url.0).unwrap();
            !matches!(url.scheme(), "data" | "blob" | "about" | "file") && !own.contains(&url.origin())
        };
        let foreign: Vec<_> = self.requests.iter().filter(foreign).collect();
        assert!(foreign.is_empty(), "{addresses:?} ask others: {foreign:?}");
    }
}

impl Browser {
    /// Makes the tab's network as good as this.
    pub(crate) async fn network(&self, network: Network) {
        let (offline, latency, throughput) = match network {
            Network::Usual => (false, 0, -1),
            Network::Slow => (false, 400, 50_000),
            Network::Offline => (true, 0, 0),
        };
        let conditions = json!({
            "offline": offline, "latency": latency, "downloadThroughput": throughput, "uploadThroughput": throughput,
        });
        self.command("Network.emulateNetworkConditions", conditions).await;
    }

    /// What has gone over the network in every tab since this was asked last.
    pub(crate) async fn traffic(&self) -> Traffic {
        let entries = self.driver.get_log("performance").await.unwrap();
        let mut addresses: BTreeMap<String, String> = BTreeMap::new();
        let mut requests: Vec<(String, u64)> = Vec::new();
        for entry in entries {
            let message: Value = serde_json::from_str(&entry.message).unwrap();
            let (method, event) = (&message["message"]["method"], &message["message"]["params"]);
            let id = event["requestId"].as_str().unwrap_or_default().to_owned();
            match method.as_str().unwrap_or_default() {
                "Network.requestWillBeSent" => {
                    // A redirect goes on under the same id.
                    if let (Some(before), Some(bytes)) =
                        (addresses.get(&id), event["redirectResponse"]["encodedDataLength"].as_u64())
                    {
                        requests.push((before.clone(), bytes));
                    }
                    addresses.insert(id, event["request"]["url"].as_str().unwrap().to_owned());
                }
                "Network.loadingFinished" => {
                    let address = addresses.remove(&id).unwrap_or_default();
                    // A number of JavaScript: whole, but written as it likes.
                    let bytes = event["encodedDataLength"].as_f64().unwrap_or_default() as u64;
                    requests.push((address, bytes));
                }
                _ => {}
            }
        }
        requests.extend(addresses.into_values().map(|address| (address, 0)));
        requests.retain(|(address, _)| !address.is_empty());
        Traffic { requests }
    }
}
