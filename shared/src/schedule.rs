//! The words of a schedule: whose data is exported again and again, when, and how a run of it stands.

mod recurrence;

pub use recurrence::{Recurrence, RecurrenceError};

use crate::export::{TenantId, words};
use chrono::TimeDelta;
use serde::de::{Error, SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Uuid;

/// Whose data a schedule exports. Written as `"all"`, or as a list of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    /// Every tenant that the source has when a run begins.
    Every,
    /// These.
    These(Vec<TenantId>),
}

/// The word for every tenant.
const EVERY: &str = "all";

impl Serialize for Tenants {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Every => serializer.serialize_str(EVERY),
            Self::These(tenants) => tenants.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Tenants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Tenants;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("`\"all\"` or a list of tenants")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Tenants, E> {
                if text == EVERY {
                    Ok(Tenants::Every)
                } else {
                    Err(E::custom("expected `\"all\"` or a list of tenants; one tenant is a list of one"))
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Tenants, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(Tenants::These)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

words! {
    /// Why a run began.
    RunKind {
        /// Its time had come.
        Scheduled = "scheduled",
        /// Somebody asked for it.
        Manual = "manual",
    }
}

words! {
    /// Where a run stands.
    RunState {
        /// Its exports are being entered.
        Entering = "entering",
        /// All its exports are entered, and not all have ended.
        Running = "running",
        /// Every export became ready.
        Succeeded = "succeeded",
        /// An export failed, or could not be entered.
        Failed = "failed",
        /// None failed, but somebody cancelled some, or deleted the schedule.
        Cancelled = "cancelled",
    }
}

words! {
    /// Why a schedule is paused.
    PauseReason {
        /// Somebody asked for it.
        Requested = "requested",
        /// Too many runs in a row failed.
        Failures = "failures",
        /// Its cron text or time zone is none that this program knows.
        Unreadable = "unreadable",
    }
}

/// How long after the beginning of a run a tenant's export may start: from nothing to `window` seconds, spread evenly over the tenants, and always the same
/// for a run and a tenant.
pub fn jitter(run: Uuid, tenant: &TenantId, window: u32) -> TimeDelta {
    let hash = Sha256::new().chain_update(run.as_bytes()).chain_update(tenant.as_str()).finalize();
    let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let seconds = number % (u64::from(window) + 1);
    TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tenant(text: &str) -> TenantId {
        TenantId::new(text).unwrap()
    }

    #[test]
    fn tenants_are_all_or_a_list() {
        let some = Tenants::These(vec![tenant("all"), tenant("7")]);
        assert_eq!(serde_json::to_string(&some).unwrap(), r#"["all","7"]"#);
        assert_eq!(serde_json::from_str::<Tenants>(r#"["all","7"]"#).unwrap(), some);
        assert_eq!(serde_json::from_str::<Tenants>(r#""all""#).unwrap(), Tenants::Every);
        assert_eq!(serde_json::to_string(&Tenants::Every).unwrap(), r#""all""#);
        for text in [r#""7""#, "7", "null", r#"{"all":true}"#, r#"[""]"#, "[7]", r#""ALL""#] {
            assert!(serde_json::from_str::<Tenants>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tenants_start_all_over_the_window() {
        let run = Uuid::from_u128(1);
        let starts: Vec<i64> =
            (0..1000).map(|number| jitter(run, &tenant(&number.to_string()), 99).num_seconds()).collect();
        for decile in 0..10 {
            let share = starts.iter().filter(|start| **start / 10 == decile).count();
            assert!((50..200).contains(&share), "{share} of 1000 start in tenth {decile}");
        }
        assert_ne!(jitter(run, &tenant("7"), 9999), jitter(Uuid::from_u128(2), &tenant("7"), 9999));
    }

    proptest! {
        #[test]
        fn a_start_is_within_the_window_and_always_the_same(run in any::<u128>(), id in ".{1,20}", window in any::<u32>()) {
            prop_assume!(!id.contains('\0'));
            let (run, tenant) = (Uuid::from_u128(run), tenant(&id));
            let start = jitter(run, &tenant, window);
            prop_assert_eq!(start, jitter(run, &tenant, window));
            prop_assert!((0..=i64::from(window)).contains(&start.num_seconds()));
        }
    }
}
