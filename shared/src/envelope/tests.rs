use super::*;
use proptest::prelude::*;
use std::ops::Range;

const FIRST: usize = SEGMENT - HEADER - TAG;
const FURTHER: usize = SEGMENT - TAG;

fn key() -> DataKey {
    DataKey::from_bytes(&[7; 32]).unwrap()
}

fn words() -> AssociatedData {
    AssociatedData::of_file(ExportId::nil(), 1, "csv/sales.csv.zst")
}

fn plaintext(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place % 251) as u8 ^ (place / SEGMENT) as u8).collect()
}

fn sealed(plaintext: &[u8], chunk: usize) -> Vec<u8> {
    let mut sealer = Sealer::new(&key(), &words()).unwrap();
    let mut out = Vec::new();
    for mut chunk in plaintext.chunks(chunk) {
        while !chunk.is_empty() {
            if let Some(segment) = sealer.seal(&mut chunk).unwrap() {
                assert_eq!(segment.len(), SEGMENT);
                out.extend_from_slice(&segment);
            }
        }
    }
    out.extend_from_slice(&sealer.finish().unwrap());
    out
}

fn opened_with(
    key: &DataKey,
    words: &AssociatedData,
    sealed: &[u8],
    range: Option<Range<u64>>,
) -> (Vec<u8>, Result<(), EnvelopeError>) {
    let mut out = Vec::new();
    let ended = (|| {
        let header = sealed.get(..HEADER).ok_or(EnvelopeError::Header)?;
        let opener = Opener::new(key, words, header, sealed.len() as u64)?;
        let mut opening = match range {
            Some(range) => opener.range(range),
            None => opener.whole(),
        };
        let needs = opening.needs();
        for mut chunk in sealed[needs.start as usize..needs.end as usize].chunks(300_007) {
            while !chunk.is_empty() {
                if let Some(plaintext) = opening.open(&mut chunk)? {
                    out.extend_from_slice(&plaintext);
                }
            }
        }
        opening.finish()
    })();
    (out, ended)
}

fn opened(sealed: &[u8]) -> (Vec<u8>, Result<(), EnvelopeError>) {
    opened_with(&key(), &words(), sealed, None)
}

/// Whatever came out before the refusal must be a beginning of the truth.
fn is_refused(attacked: &[u8], truth: &[u8]) -> bool {
    let (out, ended) = opened(attacked);
    ended.is_err() && truth.starts_with(&out)
}

#[test]
fn what_was_sealed_opens_at_every_length_around_the_borders() {
    let borders = [0, 1, 15, FIRST, FIRST + 1, FIRST + FURTHER, FIRST + FURTHER + 1, FIRST + 2 * FURTHER];
    for length in borders.into_iter().flat_map(|border| [border.saturating_sub(1), border, border + 1]) {
        let plaintext = plaintext(length);
        let sealed = sealed(&plaintext, 70_001);
        let layout = Layout::of_plaintext(length as u64).unwrap();
        assert_eq!(layout, Layout::of_sealed(sealed.len() as u64).unwrap(), "{length}");
        assert_eq!((layout.sealed(), layout.plaintext()), (sealed.len() as u64, length as u64));
        let (out, ended) = opened(&sealed);
        ended.unwrap();
        assert!(out == plaintext, "{length}");
    }
}

#[test]
fn the_header_is_that_of_tink() {
    let sealed = sealed(b"", 1);
    assert_eq!(sealed.len(), HEADER + TAG);
    assert_eq!(sealed[0], 40);
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    let plaintext = plaintext(FIRST + 2 * FURTHER + 5);
    let sealed = sealed(&plaintext, SEGMENT);
    let borders = [0, HEADER, HEADER + TAG, SEGMENT, 2 * SEGMENT, 3 * SEGMENT, sealed.len()];
    for border in borders {
        for cut in [border.saturating_sub(17), border.saturating_sub(1), border, border + 1, border + 16, border + 17] {
            if cut < sealed.len() {
                assert!(is_refused(&sealed[..cut], &plaintext), "{cut}");
            }
        }
    }
}

#[test]
fn segments_that_are_swapped_doubled_or_left_out_are_refused() {
    let plaintext = plaintext(FIRST + 2 * FURTHER + 5);
    let sealed = sealed(&plaintext, SEGMENT);
    let segments: Vec<&[u8]> = sealed.chunks(SEGMENT).collect();
    for order in [
        &[0, 2, 1, 3][..],
        &[1, 0, 2, 3],
        &[0, 1, 1, 2, 3],
        &[0, 1, 3],
        &[0, 3],
        &[0, 1, 2, 3, 3],
        &[3],
        &[0, 1, 2, 2],
        &[0, 0, 1, 2, 3],
        &[3, 0, 1, 2],
    ] {
        let attacked: Vec<u8> = order.iter().flat_map(|place| segments[*place]).copied().collect();
        assert!(is_refused(&attacked, &plaintext), "{order:?}");
    }
    let other = super::tests::sealed(&plaintext, SEGMENT);
    let mixed = [&sealed[..SEGMENT], &other[SEGMENT..]].concat();
    assert!(is_refused(&mixed, &plaintext), "a segment of another file with the same key and words");
}

#[test]
fn a_wrong_key_and_wrong_words_open_nothing() {
    let sealed = sealed(&plaintext(100), 100);
    let export = ExportId::nil();
    for (key, words) in [
        (DataKey::from_bytes(&[8; 32]).unwrap(), words()),
        (key(), AssociatedData::of_file(export, 2, "csv/sales.csv.zst")),
        (key(), AssociatedData::of_file(export, 1, "csv/people.csv.zst")),
        (key(), AssociatedData::of_file(ExportId::max(), 1, "csv/sales.csv.zst")),
        (key(), AssociatedData::from_text("")),
    ] {
        let (out, ended) = opened_with(&key, &words, &sealed, None);
        assert!(out.is_empty() && ended.is_err());
    }
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut sealed = sealed(&plaintext(100), 100);
    let opener = Opener::new(&key(), &words(), &sealed[..HEADER], sealed.len() as u64).unwrap();
    let mut opening = opener.whole();
    sealed.push(0);
    let mut rest = &sealed[HEADER..];
    assert_eq!(opening.open(&mut rest).unwrap().unwrap().len(), 100);
    assert!(matches!(opening.open(&mut rest), Err(EnvelopeError::TooMuch)));
}

#[test]
fn no_two_headers_are_alike() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20_000 {
        let sealed = Sealer::new(&key(), &words()).unwrap().finish().unwrap();
        assert!(seen.insert(sealed[1..1 + SALT].to_vec()), "a salt came twice");
    }
}

#[test]
fn a_sealer_uses_its_memory_again() {
    let mut sealer = Sealer::new(&key(), &words()).unwrap();
    let plaintext = plaintext(8 * SEGMENT);
    let mut rest = &plaintext[..];
    let mut places = std::collections::HashSet::new();
    while !rest.is_empty() {
        if let Some(segment) = sealer.seal(&mut rest).unwrap() {
            places.insert(segment.as_ptr());
        }
    }
    assert!(places.len() <= 2, "{} places for 7 segments", places.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_range_is_that_of_the_plaintext(
        length in prop_oneof![0..3000_usize, FIRST - 20..FIRST + 20, FIRST + FURTHER - 20..FIRST + FURTHER + 20],
        ends in any::<(prop::sample::Index, prop::sample::Index)>(),
        chunk in 1000..200_000_usize,
    ) {
        let plaintext = plaintext(length);
        let sealed = sealed(&plaintext, chunk);
        let (one, other) = (ends.0.index(length + 1), ends.1.index(length + 1));
        let range = one.min(other)..one.max(other);
        let wanted = range.start as u64..range.end as u64;
        let layout = Layout::of_plaintext(length as u64).unwrap();
        let segments = layout.segments_of(&wanted);
        prop_assert!(segments.end - segments.start <= 1 + (range.len() / FURTHER) as u64 + 1);
        let (out, ended) = opened_with(&key(), &words(), &sealed, Some(wanted));
        prop_assert!(ended.is_ok());
        prop_assert!(out == plaintext[range]);
    }

    #[test]
    fn a_changed_byte_anywhere_is_refused(place in any::<prop::sample::Index>(), flip in 1..=255_u8, length in 0..FIRST + 4000) {
        let plaintext = plaintext(length);
        let mut sealed = sealed(&plaintext, SEGMENT);
        let place = place.index(sealed.len());
        sealed[place] ^= flip;
        prop_assert!(is_refused(&sealed, &plaintext));
    }

    #[test]
    fn any_bytes_are_refused_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), length in any::<u64>()) {
        let mut bytes = bytes;
        prop_assert!(opened(&bytes).1.is_err());
        if let Some(first) = bytes.first_mut() {
            *first = 40;
        }
        prop_assert!(opened(&bytes).1.is_err());
        if let Ok(layout) = Layout::of_sealed(length) {
            prop_assert_eq!(Layout::of_plaintext(layout.plaintext()).unwrap(), layout);
        }
    }
}
