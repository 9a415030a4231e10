//! Limits on how much is asked: for each address, key and tenant, and for each class of routes.
//!
//! They are kept in this process alone: an installation with several API processes lets through so many times as much. The
//! headers are those of draft-ietf-httpapi-ratelimit-headers-11.

mod class;
mod failures;
mod meter;

use crate::{Context, address, pages, problem::Problem};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use class::Class;
use failures::Failures;
use meter::{Meter, Verdict};
use shared::{clock, config::LimitConfig};
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// How often those who may do everything again are forgotten.
const UPKEEP: Duration = Duration::from_secs(5);

/// All limits of this process.
pub(crate) struct Throttle {
    requests: Option<Meter>,
    exports: Option<Meter>,
    links: Option<Meter>,
    downloads: Option<Meter>,
    codes: Option<Meter>,
    failures: Failures,
}

/// What counts as one address: an IPv4 address, or the /64 that one IPv6 customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl Network {
    /// The address itself, or the /64 that it lies in.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()),
            address => Self(address),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What limits have said about a request so far.
#[derive(Default)]
struct Verdicts(Vec<Verdict>);

impl Throttle {
    pub(crate) fn new(limits: &LimitConfig) -> Self {
        Self {
            requests: Meter::per_minute(limits.requests_per_minute),
            exports: Meter::per_minute(limits.exports_per_minute),
            links: Meter::per_minute(limits.links_per_minute),
            downloads: Meter::per_minute(limits.downloads_per_minute),
            codes: Meter::per_minute(limits.codes_per_minute),
            failures: Failures::new(limits.failures_per_minute),
        }
    }

    /// Forgets, again and again, those who may do everything again.
    pub(crate) async fn keep_up(&self) {
        let mut ticks = tokio::time::interval(UPKEEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for meter in
                [&self.requests, &self.exports, &self.links, &self.downloads, &self.codes].into_iter().flatten()
            {
                meter.forget();
            }
            self.failures.forget(Instant::now());
        }
    }

    /// What the limits on an address say; before anything is looked up.
    fn by_address(&self, class: Class, address: Network) -> Vec<Verdict> {
        let of_class = match class {
            Class::Download => ("downloads", &self.downloads),
            Class::Code => ("codes", &self.codes),
            _ => ("", &None),
        };
        [("address", &self.requests), of_class]
            .into_iter()
            .filter_map(|(policy, meter)| Some(meter.as_ref()?.count(policy, (policy, address))))
            .collect()
    }

    /// What the limits on a known caller say.
    fn by_caller(&self, class: Class, name: &str, tenant: Option<(&str, &str)>) -> Vec<Verdict> {
        let (of_key, of_tenant, meter) = match class {
            Class::Start => ("exports", "tenant-exports", &self.exports),
            Class::Links => ("links", "tenant-links", &self.links),
            _ => ("", "", &None),
        };
        let by_key = [("key", &self.requests), (of_key, meter)]
            .into_iter()
            // Two tenants may each have a person of the same number.
            .filter_map(|(policy, meter)| Some(meter.as_ref()?.count(policy, (policy, name, tenant))));
        let by_tenant = [("tenant", &self.requests), (of_tenant, meter)]
            .into_iter()
            .filter_map(|(policy, meter)| Some(meter.as_ref()?.count(policy, (policy, tenant?))));
        by_key.chain(by_tenant).collect()
    }
}

/// Counts a request of a caller who is known now; `tenant` with its source, where the caller is for one tenant only.
pub(crate) fn known_caller(request: &HttpRequest, name: &str, tenant: Option<(&str, &str)>) -> Result<(), Problem> {
    let Some(throttle) = request.app_data::<Data<Throttle>>() else { return Ok(()) };
    let class = Class::of(request.method(), request.match_pattern().as_deref());
    settle(request, throttle.by_caller(class, name, tenant))
}

/// Counts an export of a tenant that the request named, for a caller who is for several.
pub(crate) fn named_tenant(request: &HttpRequest, source: &str, tenant: &str) -> Result<(), Problem> {
    let Some(throttle) = request.app_data::<Data<Throttle>>() else { return Ok(()) };
    let policy = "tenant-exports";
    let counted =
        request.extensions().get::<Verdicts>().is_some_and(|said| said.0.iter().any(|one| one.policy == policy));
    if counted {
        return Ok(());
    }
    let verdict = throttle.exports.as_ref().map(|meter| meter.count(policy, (policy, (source, tenant))));
    settle(request, verdict.into_iter().collect())
}

/// Whether a forged link is to be written to the audit; then with how many were not since the last one. A refused link that was signed here is
/// always written: only forged ones can be made in any number.
pub(crate) fn forged_link(request: &HttpRequest) -> Option<u64> {
    let Some(throttle) = request.app_data::<Data<Throttle>>() else { return Some(0) };
    throttle.failures.forged(address::client(request).map(Network::of))
}

fn settle(request: &HttpRequest, verdicts: Vec<Verdict>) -> Result<(), Problem> {
    let wait = verdicts.iter().filter_map(|verdict| verdict.wait).max();
    let mut extensions = request.extensions_mut();
    if let Some(said) = extensions.get_mut::<Verdicts>() {
        said.0.extend(verdicts);
    } else {
        extensions.insert(Verdicts(verdicts));
    }
    match wait {
        Some(seconds) => Err(Problem::rate_limited(seconds, clock::now())),
        None => Ok(()),
    }
}

/// Counts every request by its address before it goes further, and every wrong key after.
pub(crate) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let class = Class::of(request.method(), request.match_pattern().as_deref());
    let throttle = request.app_data::<Data<Throttle>>().cloned();
    let address = address::client(request.request()).map(Network::of);
    let (Some(throttle), Some(address)) = (throttle, address) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    if class == Class::Free {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let presents_key = request.headers().contains_key(header::AUTHORIZATION);
    let kept_out = presents_key.then(|| throttle.failures.kept_out(address, Instant::now())).flatten();
    let verdicts = kept_out.map_or_else(|| throttle.by_address(class, address), |verdict| vec![verdict]);
    let outcome = settle(request.request(), verdicts);
    let mut response = match outcome {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(problem) => refuse(request, problem),
    };
    if presents_key && response.status() == StatusCode::UNAUTHORIZED {
        let pause = throttle.failures.wrong_key(address, Instant::now());
        tokio::time::sleep(pause).await;
    }
    let verdicts = response.request().extensions_mut().remove::<Verdicts>().unwrap_or_default();
    tell(&verdicts.0, response.headers_mut());
    Ok(response)
}

/// A person at a link gets a page, a program a problem.
fn refuse(request: ServiceRequest, problem: Problem) -> ServiceResponse<BoxBody> {
    // Those of the console are made of the problem, like its other refusals.
    let is_page = ["/d/", "/f/"].iter().any(|beginning| request.path().starts_with(beginning));
    let context = request.app_data::<Data<Context>>().cloned();
    match context {
        Some(context) if is_page => {
            let response = pages::too_many(&context, request.request(), &problem);
            request.into_response(response)
        }
        _ => request.error_response(problem),
    }
}

/// `RateLimit-Policy` says what the limits are, `RateLimit` what is left of them.
fn tell(verdicts: &[Verdict], headers: &mut HeaderMap) {
    if verdicts.is_empty() {
        return;
    }
    let list = |item: fn(&Verdict) -> String| verdicts.iter().map(item).collect::<Vec<_>>().join(", ");
    let policies = list(|verdict| format!("\"{}\";q={};w=60", verdict.policy, verdict.quota));
    let left = list(|verdict| format!("\"{}\";r={};t={}", verdict.policy, verdict.remaining, verdict.reset));
    for (name, value) in [("ratelimit-policy", policies), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customers_ipv6_addresses_are_one() {
        let network = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }

    #[test]
    fn every_limit_is_told_with_what_is_left() {
        let throttle =
            Throttle::new(&LimitConfig { requests_per_minute: 10, exports_per_minute: 5, ..LimitConfig::default() });
        let mut headers = HeaderMap::new();
        tell(&throttle.by_caller(Class::Start, "key:a", None), &mut headers);
        assert_eq!(headers.get("ratelimit-policy").unwrap(), "\"key\";q=10;w=60, \"exports\";q=5;w=60");
        assert_eq!(headers.get("ratelimit").unwrap(), "\"key\";r=9;t=6, \"exports\";r=4;t=12");
    }

    #[test]
    fn a_tenant_is_counted_across_its_keys_and_people_of_one_number_apart() {
        let throttle = Throttle::new(&LimitConfig { exports_per_minute: 2, ..LimitConfig::default() });
        let refused = |name: &str, tenant: &str| {
            let verdicts = throttle.by_caller(Class::Start, name, Some(("shop", tenant)));
            verdicts.iter().filter(|verdict| verdict.wait.is_some()).map(|verdict| verdict.policy).collect::<Vec<_>>()
        };
        assert_eq!(refused("key:a", "1"), [""; 0]);
        assert_eq!(refused("key:b", "1"), [""; 0]);
        assert_eq!(refused("key:c", "1"), ["tenant-exports"]);
        for tenant in ["2", "2", "3", "3"] {
            assert_eq!(refused("portal:7", tenant), [""; 0]);
        }
        assert_eq!(refused("portal:7", "3"), ["exports", "tenant-exports"]);
    }

    #[test]
    fn a_limit_of_zero_is_none() {
        let throttle = Throttle::new(&LimitConfig::default().unlimited());
        let address = Network::of(std::net::Ipv4Addr::LOCALHOST.into());
        assert!(throttle.by_address(Class::Download, address).is_empty());
        assert!(throttle.by_caller(Class::Start, "key:a", Some(("shop", "1"))).is_empty());
    }
}
