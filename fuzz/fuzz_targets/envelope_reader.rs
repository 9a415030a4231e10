//! Whatever bytes come as a sealed file: they are refused, or open to what was sealed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::envelope::{AssociatedData, DataKey, EnvelopeError, HEADER, Opener, Sealer};

/// A file, a change to its sealed form, a range of it, and bytes that nobody sealed.
type Input = (Vec<u8>, Option<(u16, u8)>, Option<u16>, (u16, u16), Vec<u8>);

fuzz_target!(|input: Input| {
    let (plaintext, flip, cut, (from, to), foreign) = input;
    let key = DataKey::from_bytes(&[7; 32]).unwrap();
    let words = AssociatedData::from_text("handover/1");
    assert!(opened(&key, &words, &foreign, 0..u64::MAX).is_err());

    let mut sealer = Sealer::new(&key, &words).unwrap();
    let (mut sealed, mut rest) = (Vec::new(), &plaintext[..]);
    while !rest.is_empty() {
        if let Some(segment) = sealer.seal(&mut rest).unwrap() {
            sealed.extend_from_slice(&segment);
        }
    }
    sealed.extend_from_slice(&sealer.finish().unwrap());
    let whole = sealed.clone();
    if let Some((place, bits)) = flip {
        let place = usize::from(place) % sealed.len();
        sealed[place] ^= bits;
    }
    if let Some(cut) = cut {
        sealed.truncate(usize::from(cut));
    }
    let range = u64::from(from.min(to))..u64::from(from.max(to));
    let inside = |offset: u64| usize::try_from(offset).unwrap().min(plaintext.len());
    match opened(&key, &words, &sealed, range.clone()) {
        Ok(found) => {
            assert_eq!(sealed, whole);
            assert_eq!(found, plaintext[inside(range.start)..inside(range.end)]);
        }
        Err(_) => assert_ne!(sealed, whole),
    }
});

fn opened(
    key: &DataKey,
    words: &AssociatedData,
    sealed: &[u8],
    range: std::ops::Range<u64>,
) -> Result<Vec<u8>, EnvelopeError> {
    let header = sealed.get(..HEADER).ok_or(EnvelopeError::Header)?;
    let mut opening = Opener::new(key, words, header, sealed.len() as u64)?.range(range);
    let needs = opening.needs();
    let mut rest = &sealed[needs.start as usize..needs.end as usize];
    let mut plaintext = Vec::new();
    while !rest.is_empty() {
        if let Some(piece) = opening.open(&mut rest)? {
            plaintext.extend_from_slice(&piece);
        }
    }
    opening.finish().map(|()| plaintext)
}
