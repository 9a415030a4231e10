//! Prometheus' text format (version 0.0.4), read as strictly as a scraper may.

use std::collections::BTreeMap;

/// What `/metrics` said.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    /// Name and labels of each series, as it is written, with its value.
    series: BTreeMap<(String, BTreeMap<String, String>), f64>,
    /// The kind of each metric.
    pub(crate) kinds: BTreeMap<String, String>,
}

impl Exposition {
    /// Panics with the line that breaks the format.
    pub(crate) fn read(text: &str) -> Exposition {
        assert!(text.ends_with('\n'), "the last line must end: {text:?}");
        super::secrets::assert_absent("the metrics", text.as_bytes());
        let mut read = Exposition::default();
        let (mut helped, mut family) = (Vec::new(), String::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let name = help.split_once(' ').unwrap_or_else(|| panic!("no help: {line}")).0;
                assert!(!helped.contains(&name), "described twice: {line}");
                helped.push(name);
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap_or_else(|| panic!("no type: {line}"));
                assert!(is_name(name) && ["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert!(read.kinds.insert(name.into(), kind.into()).is_none(), "two groups of one metric: {line}");
                family = name.into();
            } else {
                let (name, labels, value) = sample(line).unwrap_or_else(|| panic!("no sample: {line}"));
                let parts: &[&str] = if read.kinds.get(&family).is_some_and(|kind| kind == "histogram") {
                    &["_bucket", "_sum", "_count"]
                } else {
                    &[""]
                };
                let belongs = parts.iter().any(|part| name == format!("{family}{part}"));
                assert!(belongs, "outside of its group {family}: {line}");
                assert!(read.series.insert((name, labels), value).is_none(), "a series twice: {line}");
            }
        }
        assert!(read.kinds.keys().all(|name| helped.contains(&name.as_str())), "without help: {:?}", read.kinds);
        read.check_histograms();
        read
    }

    /// The value of a series; 0 if it is not there, as rules of Prometheus see it.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.series.get(&(name.to_owned(), labels)).copied().unwrap_or_default()
    }

    /// Whether a metric has any series.
    pub(crate) fn has(&self, metric: &str) -> bool {
        self.kinds.contains_key(metric)
    }

    /// The names of the labels of a metric's series.
    pub(crate) fn labels(&self, metric: &str) -> Vec<Vec<&str>> {
        let mut labels: Vec<Vec<&str>> = self
            .series
            .keys()
            .filter(|(name, _)| {
                name.strip_prefix(metric).is_some_and(|part| ["", "_bucket", "_sum", "_count"].contains(&part))
            })
            .map(|(_, labels)| labels.keys().map(String::as_str).filter(|name| *name != "le").collect())
            .collect();
        labels.sort();
        labels.dedup();
        labels
    }

    /// Buckets only grow, and the last is the count.
    fn check_histograms(&self) {
        for metric in self.kinds.iter().filter(|(_, kind)| *kind == "histogram").map(|(name, _)| name) {
            let mut buckets: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
            for ((name, labels), value) in &self.series {
                if *name == format!("{metric}_bucket") {
                    let mut others = labels.clone();
                    let bound = others.remove("le").unwrap_or_else(|| panic!("no le: {name} {labels:?}"));
                    let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
                    buckets.entry(others).or_default().push((bound, *value));
                }
            }
            for (labels, mut buckets) in buckets {
                buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
                assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{metric} {labels:?}: {buckets:?}");
                let (bound, all) = buckets.pop().unwrap();
                let count = self.series.get(&(format!("{metric}_count"), labels.clone()));
                assert_eq!((bound, Some(&all)), (f64::INFINITY, count), "{metric} {labels:?}");
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn sample(line: &str) -> Option<(String, BTreeMap<String, String>, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (label, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            if !is_name(label) || labels.insert(label.to_owned(), value).is_some() {
                return None;
            }
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = rest.strip_prefix('}')?;
    }
    let value = rest.strip_prefix(' ')?;
    is_name(name).then_some((name.to_owned(), labels, value.parse().ok()?))
}

/// A label's value up to its quote, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[place + 1..])),
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                letter @ ('"' | '\\') => letter,
                _ => return None,
            }),
            letter => value.push(letter),
        }
    }
    None
}

#[test]
fn what_no_scraper_would_take_is_refused() {
    let head = "# HELP a_total Counts.\n# TYPE a_total counter\n";
    let read = Exposition::read(&format!("{head}a_total{{source=\"x\\\"y\"}} 3\na_total{{source=\"z\"}} 0.5\n"));
    assert_eq!(read.value("a_total", &[("source", "x\"y")]), 3.0);
    for broken in ["a_total 1", "b_total 1\n", "a_total{source=x} 1\n", "a_total one\n", "a_total 1\na_total 2\n"] {
        let text = format!("{head}{broken}");
        assert!(std::panic::catch_unwind(|| Exposition::read(&text)).is_err(), "{broken:?}");
    }
}
