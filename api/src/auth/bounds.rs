//! What a caller is for: a source, a tenant of it, a person in the tenant's data. What lies outside does not exist for the caller.

use shared::export::SubjectId;
use shared::ledger::exports::Export;
use shared::schedule::Tenants;

/// What a caller is for; where nothing is named, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The only source.
    pub(crate) source: Option<String>,
    /// The only tenant.
    pub(crate) tenant: Option<String>,
    /// The only person in the tenant's data.
    pub(crate) subject: Option<SubjectId>,
}

impl Bounds {
    /// Whether nothing lies outside.
    pub(crate) fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the data of this person, or with `None` of the whole tenant, lies within.
    pub(crate) fn covers(&self, source: &str, tenant: &str, subject: Option<&SubjectId>) -> bool {
        self.source.as_deref().is_none_or(|only| only == source)
            && self.tenant.as_deref().is_none_or(|only| only == tenant)
            && self.subject.as_ref().is_none_or(|only| Some(only) == subject)
    }

    /// Whether all data of each of these tenants lies within; for all tenants only where none is named here.
    pub(crate) fn covers_each(&self, source: &str, tenants: &Tenants) -> bool {
        let source_fits = self.source.as_deref().is_none_or(|only| only == source);
        let whole = self.subject.is_none();
        source_fits
            && whole
            && match tenants {
                Tenants::Every => self.tenant.is_none(),
                Tenants::These(tenants) => tenants.iter().all(|tenant| self.covers(source, tenant.as_str(), None)),
            }
    }

    /// Whether all that a key with these bounds is for lies within.
    pub(crate) fn encloses(&self, source: Option<&str>, tenant: Option<&str>) -> bool {
        self.source.as_deref().is_none_or(|only| source == Some(only))
            && self.tenant.as_deref().is_none_or(|only| tenant == Some(only))
            && self.subject.is_none()
    }

    /// The export, if it lies within.
    pub(crate) fn seeing(&self, export: Option<Export>) -> Option<Export> {
        export.filter(|export| self.covers(&export.source, export.tenant.as_str(), export.subject.0.as_ref()))
    }

    /// Narrows a wish to what lies within; `None` if nothing is left.
    pub(crate) fn narrow(&self, source: Option<String>, tenant: Option<String>) -> Option<Self> {
        let narrowed = |wish: Option<String>, only: &Option<String>| match (wish, only) {
            (Some(wish), Some(only)) if wish != *only => None,
            (None, Some(only)) => Some(Some(only.clone())),
            (wish, _) => Some(wish),
        };
        Some(Self {
            source: narrowed(source, &self.source)?,
            tenant: narrowed(tenant, &self.tenant)?,
            subject: self.subject.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shared::export::TenantId;

    fn bounds(source: Option<&str>, tenant: Option<&str>) -> Bounds {
        Bounds { source: source.map(Into::into), tenant: tenant.map(Into::into), subject: None }
    }

    fn these(tenants: &[&str]) -> Tenants {
        Tenants::These(tenants.iter().map(|tenant| TenantId::new(*tenant).unwrap()).collect())
    }

    fn person(key: &str) -> SubjectId {
        SubjectId::new("customer", key).unwrap()
    }

    #[test]
    fn a_bound_caller_covers_its_own_tenant_only() {
        let bound = bounds(Some("ceppro"), Some("t1"));
        assert!(bound.covers("ceppro", "t1", None));
        assert!(bound.covers("ceppro", "t1", Some(&person("1"))));
        assert!(!bound.covers("ceppro", "t2", None));
        assert!(!bound.covers("other", "t1", None));
    }

    #[test]
    fn a_member_covers_its_own_person_and_neither_another_nor_the_whole_tenant() {
        let member = Bounds { subject: Some(person("1")), ..bounds(Some("ceppro"), Some("t1")) };
        assert!(member.covers("ceppro", "t1", Some(&person("1"))));
        assert!(!member.covers("ceppro", "t1", None));
        assert!(!member.covers("ceppro", "t1", Some(&person("2"))));
        assert!(!member.covers("ceppro", "t1", Some(&SubjectId::new("contact", "1").unwrap())));
        assert!(!member.covers("ceppro", "t2", Some(&person("1"))));
        assert!(!member.covers_each("ceppro", &these(&["t1"])));
        assert!(!member.covers_each("ceppro", &these(&[])));
        assert_eq!(member.narrow(None, None), Some(member.clone()));
    }

    #[test]
    fn a_bound_caller_covers_no_list_with_others_in_it() {
        let bound = bounds(Some("ceppro"), Some("t1"));
        assert!(bound.covers_each("ceppro", &these(&["t1"])));
        assert!(!bound.covers_each("ceppro", &these(&["t1", "t2"])));
        assert!(!bound.covers_each("ceppro", &Tenants::Every));
        assert!(!bound.covers_each("other", &these(&["t1"])));
        let source = bounds(Some("ceppro"), None);
        assert!(source.covers_each("ceppro", &Tenants::Every));
        assert!(!source.covers_each("other", &Tenants::Every));
        assert!(!source.covers_each("other", &these(&[])));
        assert!(bounds(None, None).covers_each("other", &Tenants::Every));
    }

    #[test]
    fn a_wish_is_narrowed_to_what_the_caller_is_for() {
        let bound = bounds(Some("ceppro"), Some("t1"));
        assert_eq!(bound.narrow(None, None), Some(bound.clone()));
        assert_eq!(bound.narrow(Some("ceppro".into()), None), Some(bound.clone()));
        assert_eq!(bound.narrow(Some("other".into()), None), None);
        assert_eq!(bound.narrow(None, Some("t2".into())), None);
        assert_eq!(bounds(None, None).narrow(None, Some("t2".into())), Some(bounds(None, Some("t2"))));
    }

    #[test]
    fn a_wider_key_is_not_enclosed() {
        let bound = bounds(Some("ceppro"), Some("t1"));
        assert!(bound.encloses(Some("ceppro"), Some("t1")));
        assert!(!bound.encloses(Some("ceppro"), None) && !bound.encloses(None, None));
        assert!(!bound.encloses(Some("ceppro"), Some("t2")) && !bound.encloses(Some("other"), Some("t1")));
        let source = bounds(Some("ceppro"), None);
        assert!(source.encloses(Some("ceppro"), Some("t9")) && source.encloses(Some("ceppro"), None));
        assert!(!source.encloses(None, None));
        assert!(bounds(None, None).encloses(None, None));
    }

    fn any_bounds() -> impl Strategy<Value = Bounds> {
        let name = || proptest::option::of("[ab]");
        (name(), name(), proptest::option::of("[12]")).prop_map(|(source, tenant, key)| Bounds {
            source,
            tenant,
            subject: key.map(|key| person(&key)),
        })
    }

    proptest! {
        #[test]
        fn what_a_narrowed_wish_covers_was_covered_and_wished(
            own in any_bounds(), source in proptest::option::of("[ab]"), tenant in proptest::option::of("[ab]"),
            of in "[ab]", whose in "[ab]", key in proptest::option::of("[12]"),
        ) {
            let subject = key.map(|key| person(&key));
            let wished = source.as_ref().is_none_or(|wish| *wish == of) && tenant.as_ref().is_none_or(|wish| *wish == whose);
            let covered = own.covers(&of, &whose, subject.as_ref());
            let seen = own.narrow(source, tenant).is_some_and(|left| left.covers(&of, &whose, subject.as_ref()));
            prop_assert_eq!(seen, wished && covered);
        }
    }
}
