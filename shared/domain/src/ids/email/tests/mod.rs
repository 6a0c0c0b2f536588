//! Addresses: which spellings are equal, and in which form they are stored.

mod data;
mod properties;

use super::*;

/// The key of a valid address.
fn key(text: &str) -> String {
    let email = Email::parse(text).unwrap_or_else(|_| panic!("{text:?} is refused"));
    email.key().to_owned()
}

#[test]
fn two_spellings_are_one_key_and_debug_tells_nothing() {
    let email = Email::parse(" JSmith@ABC.com ").unwrap();
    assert_eq!((email.as_sent(), email.key()), ("JSmith@ABC.com", "jsmith@abc.com"));
    assert_eq!(format!("{email:?}"), "Email(<14 bytes>)");
    assert_eq!(format!("{:?}", email.as_key()), "EmailKey(<14 bytes>)");
    assert_eq!(Email::parse("").unwrap_err(), Code::Email);
}

#[test]
fn keys_are_what_they_are() {
    for (sent, wanted) in [
        ("Straße@Example.com", "strasse@example.com"),
        ("STRAẞE@example.COM", "strasse@example.com"),
        ("a@faß.de", "a@xn--fa-hia.de"),
        ("a@FAẞ.de", "a@xn--fa-hia.de"),
        ("a@fass.de", "a@fass.de"),
        ("a@XN--fa-hia.de", "a@xn--fa-hia.de"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@bu\u{308}cher.example", "a@xn--bcher-kva.example"),
        ("a@-bücher.example", "a@xn---bcher-4ya.example"),
        ("a@my_bücher.example", "a@xn--my_bcher-95a.example"),
        ("用户@例え.テスト", "用户@xn--r8jz45g.xn--zckzah"),
        ("a@例え。テスト.jp", "a@xn--r8jz45g.xn--zckzah.jp"),
        ("ΣΊΣΥΦΟΣ@x.gr", "σίσυφοσ@x.gr"),
        ("σίσυφος@x.gr", "σίσυφοσ@x.gr"),
        ("İ@x.tr", "i\u{307}@x.tr"),
        ("I@x.tr", "i@x.tr"),
        ("ı@x.tr", "ı@x.tr"),
        ("Ａ@ａｂ.com", "ａ@ab.com"),
        ("\u{212a}@\u{212a}.com", "k@k.com"),
        ("ǆ@x.com", "ǆ@x.com"),
        ("ǅ@x.com", "ǆ@x.com"),
        ("ﬃ@x.com", "ffi@x.com"),
        ("Ϊ\u{301}@x.com", "ΐ@x.com"),
    ] {
        assert_eq!(key(sent), wanted, "{sent}");
    }
}

#[test]
fn a_domain_that_uts_46_refuses_compares_folded() {
    for (sent, wanted) in [
        ("a@\u{301}É.com", "a@\u{301}é.com"),
        ("a@xn--ü.com", "a@xn--ü.com"),
        ("a@XN--Ü.com", "a@xn--ü.com"),
        ("a@אa\u{308}É.com", "a@אäé.com"),
        ("a@xn--a.com", "a@xn--a.com"),
        ("a@\u{301}Ꭰ\u{ab70}.com", "a@\u{301}\u{ab70}\u{ab70}.com"),
    ] {
        assert_eq!(key(sent), wanted, "{sent}");
    }
}

#[test]
fn what_is_cut_is_no_part_of_the_key_and_the_limit_is_on_what_was_sent() {
    let email = Email::parse("\u{feff} \u{200b}Jane@ABC.com\u{ad}\n").unwrap();
    assert_eq!((email.as_sent(), email.key()), ("Jane@ABC.com", "jane@abc.com"));
    let longest = format!("{}@ü.com", "ﬃ".repeat(248));
    assert_eq!(key(&longest).chars().count(), 3 * 248 + "@xn--tda.com".len());
    assert_eq!(Email::parse(&format!("a{longest}")).unwrap_err(), Code::Email);
}

#[test]
fn a_text_that_is_no_address_compares_folded() {
    for (text, wanted) in [
        (" A@Faß.de\u{200b}", "a@xn--fa-hia.de"),
        ("Straße", "strasse"),
        ("a@b\u{ad}Ü.com", "a@b\u{ad}ü.com"),
        ("a@\u{378}Ü.com", "a@\u{378}ü.com"),
        ("N/A", "n/a"),
        ("", ""),
    ] {
        assert_eq!(comparable_text(text), wanted, "{text}");
    }
}
