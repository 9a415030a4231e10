use super::*;
use proptest::prelude::*;

const AGE: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";
const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDE7nIXTGNuaRBN9toI/wNALuQec8mvlt0iJ7o3OaD2UvoKHJ7S8rmIn4FiQDUed/Vac3OhUibei1k+TBmm16u2Rj3klgWZOIDgi8d4vXKI5N3YBhxr3jsQ+kz1c+iZ4z/tTtz306+4K46XViVMWwyyg9j82Jn41mOAy9vdeDIfQ5fLeaGqn5KwlT61GNkZ+ozWK/ZNlQIlNCcoXxhJULIs9XrtczWyVBAea1nlDo0WHODePxoJjmsNHrpQXn5mf9O83xs10qfTUjnRUt48jRmedFy4tcra3QGmSTQ3KZne+wXXSb0cIpXLGvZjQSPHgG1hc4r3uBpiSzvesGLv79XL alice@rust";

fn refused(text: &str) -> RefusedKey {
    PublicKey::parse(text).unwrap_err()
}

/// A public key of age that stands for these bytes, whether or not a pair has it.
fn of_bytes(bytes: [u8; 32]) -> String {
    let mut values: Vec<u8> = Vec::new();
    let (mut waiting, mut bits) = (0_u32, 0);
    for byte in bytes {
        waiting = (waiting << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            values.push(u8::try_from((waiting >> bits) & 31).unwrap());
        }
    }
    values.push(u8::try_from((waiting << (5 - bits)) & 31).unwrap());
    let spread = b"age".iter().map(|letter| letter >> 5).chain([0]).chain(b"age".iter().map(|letter| letter & 31));
    let remainder = spread.chain(values.iter().copied()).chain([0; 6]).fold(1_u32, |sum, value| {
        let top = sum >> 25;
        [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
            .iter()
            .enumerate()
            .filter(|(bit, _)| (top >> bit) & 1 == 1)
            .fold(((sum & 0x1ff_ffff) << 5) ^ u32::from(value), |sum, (_, step)| sum ^ step)
    }) ^ 1;
    values.extend((0..6).map(|place| u8::try_from((remainder >> (5 * (5 - place))) & 31).unwrap()));
    let letters: String = values.iter().map(|value| char::from(BECH32[usize::from(*value)])).collect();
    format!("age1{letters}")
}

#[test]
fn both_kinds_are_read_as_people_paste_them_and_written_in_one_way() {
    let shouted = AGE.to_uppercase();
    for text in [AGE, &format!("  {AGE}\n"), &shouted] {
        let key = PublicKey::parse(text).unwrap();
        assert_eq!((key.kind(), key.text().as_str()), (RecipientKind::X25519, AGE), "{text:?}");
        assert_eq!(key.short(), "age1t7rxyev2…vpy7pa");
    }
    for text in [SSH, &format!("{SSH} alice@rust\n"), &format!("{}  two words", SSH.replace(' ', "\t"))] {
        let key = PublicKey::parse(text).unwrap();
        assert_eq!((key.kind(), key.text().as_str()), (RecipientKind::SshEd25519, SSH), "{text:?}");
        // As `ssh-keygen -l` prints it.
        assert_eq!(key.short(), "SHA256:PYX4o9UfGwCwG76hFcLAEkmMS0PtIBtV9MNmVgW16Oc");
    }
}

#[test]
fn a_private_key_is_refused_for_what_it_is_wherever_it_stands() {
    let own = age::x25519::Identity::generate();
    let own = secrecy::ExposeSecret::expose_secret(&own.to_string()).to_owned();
    let file = format!("# created: 2026-11-22\n# public key: {AGE}\n{own}\n");
    let pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----";
    for text in [&own, &own.to_lowercase(), &file, pem, "AGE-PLUGIN-YUBIKEY-1XYZ", "PuTTY-User-Key-File-3: ssh-ed25519"]
    {
        assert_eq!(refused(text), RefusedKey::Private);
    }
    assert!(!holds_private_key(AGE) && !holds_private_key(SSH) && !holds_private_key(RSA));
}

#[test]
fn other_keys_are_refused_with_what_to_do() {
    let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHFliOyIZs1gxGF3fmDxFykQhE88wy6AKDGFBfn0R6ZuvRmENABZQa9+pj9hMki+LX0qDJbmHTiWDbYv/cmFt/Q=";
    assert_eq!(refused(RSA), RefusedKey::Rsa);
    assert_eq!(refused(ecdsa), RefusedKey::OtherSsh);
    assert_eq!(refused("sk-ssh-ed25519@openssh.com AAAA"), RefusedKey::OtherSsh);
    assert_eq!(refused("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"), RefusedKey::Plugin);
    assert_eq!(refused(&format!("{AGE}\n{SSH}")), RefusedKey::Several);
}

#[test]
fn what_is_cut_off_changed_or_lengthened_is_refused() {
    let other = AGE.replace("t7rx", "t7rr");
    let longer = format!("{SSH}A");
    let options = format!("restrict {SSH}");
    for text in ["", " ", "age1", "AGE1", "ssh-ed25519", "ssh-ed25519 ", &AGE[..40], &other, &format!("{AGE} and more")]
    {
        assert_eq!(refused(text), RefusedKey::Malformed, "{text:?}");
    }
    for text in [&SSH[..60], &longer, &options, "-----BEGIN PGP PUBLIC KEY BLOCK-----", &"age1".repeat(2000)] {
        assert_eq!(refused(text), RefusedKey::Malformed, "{text:?}");
    }
}

#[test]
fn a_point_that_everybody_shares_is_no_key() {
    let mut one = [0; 32];
    one[0] = 1;
    let order_eight = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
    let order_eight: [u8; 32] = hex::decode(order_eight).unwrap().try_into().unwrap();
    for bytes in [[0; 32], one, order_eight] {
        assert_eq!(refused(&of_bytes(bytes)), RefusedKey::Weak, "{bytes:?}");
    }
    // The neutral element of Ed25519, written as an SSH key.
    let mut blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
    blob.extend(one);
    let encoded = STANDARD_NO_PAD.encode(&blob);
    assert_eq!(refused(&format!("ssh-ed25519 {encoded}")), RefusedKey::Weak);
}

#[test]
fn a_label_is_one_honest_line() {
    assert_eq!(label("  Anna’s laptop ").unwrap(), "Anna’s laptop");
    assert!(label(&"ü".repeat(100)).is_ok());
    for text in ["", " ", "two\nlines", "a\u{202e}b", "\u{200b}", &"x".repeat(101)] {
        assert_eq!(label(text), Err(RefusedLabel), "{text:?}");
    }
}

proptest! {
    #[test]
    fn every_pair_has_a_public_key_that_is_taken(seed in any::<[u8; 32]>()) {
        let mut point = seed;
        point[31] &= 0x7f;
        // Nearly every text of 32 bytes is the key of a pair, or of its twin.
        let text = of_bytes(point);
        let key = PublicKey::parse(&text).unwrap();
        prop_assert_eq!(key.text(), text.clone());
        prop_assert_eq!(super::point(&text), Some(point));
    }

    #[test]
    fn nothing_that_is_pasted_makes_it_stumble_or_is_repeated(text in "(age1|ssh-ed25519 |AGE-SECRET-KEY-1)?\\PC{0,90}") {
        if let Err(refused) = PublicKey::parse(&text) {
            prop_assert!(text.trim().len() < 12 || !refused.to_string().contains(text.trim()));
        }
    }

    #[test]
    fn one_wrong_letter_is_noticed(place in 4_usize..62, letter in 0_usize..32) {
        let letter = BECH32[letter];
        prop_assume!(AGE.as_bytes()[place] != letter);
        let mut changed = AGE.as_bytes().to_vec();
        changed[place] = letter;
        prop_assert_eq!(refused(std::str::from_utf8(&changed).unwrap()), RefusedKey::Malformed);
    }
}
