//! Fractions and JSON by hand.

use edgecert::check::Kind;
use edgecert::check::fraction::Fraction;
use edgecert::check::json::{self, Json};
use num_bigint::BigInt;

fn q(n: i64, d: i64) -> Fraction {
    Fraction::new(n.into(), d.into()).expect("a fraction")
}

#[test]
fn fractions_by_hand() {
    for (n, d, top, bottom) in [
        (6, 4, 3, 2),
        (-6, 4, -3, 2),
        (6, -4, -3, 2),
        (-6, -4, 3, 2),
        (0, -7, 0, 1),
        (5, 1, 5, 1),
        (7, 7, 1, 1),
    ] {
        let x = q(n, d);
        assert_eq!((x.top, x.bottom), (top.into(), bottom.into()), "{n}/{d}");
    }
    assert_eq!(Fraction::new(1.into(), 0.into()), None);
    assert_eq!(Fraction::new(0.into(), 0.into()), None);
    let (x, y) = (q(3, 4), q(-5, 6));
    assert_eq!(x.add(&y), Some(q(-1, 12)));
    assert_eq!(x.sub(&y), Some(q(19, 12)));
    assert_eq!(x.mul(&y), Some(q(-5, 8)));
    assert_eq!(x.div(&y), Some(q(-9, 10)));
    assert_eq!(x.div(&q(0, 1)), None);
    assert_eq!(y.negative(), q(5, 6));
    for (n, power) in [
        (0, q(1, 1)),
        (1, q(-5, 6)),
        (2, q(25, 36)),
        (3, q(-125, 216)),
    ] {
        assert_eq!(y.power(n), Some(power));
    }
    for (small, large) in [
        (&y, &x),
        (&q(1, 3), &q(1, 2)),
        (&q(-1, 2), &q(-1, 3)),
        (&q(0, 1), &q(1, 9)),
    ] {
        assert!(
            small.less(large)
                && small.at_most(large)
                && !large.less(small)
                && !large.at_most(small)
        );
        assert!(!small.less(small) && small.at_most(small));
        assert_eq!(small.clone().max_of(large.clone()), *large);
        assert_eq!(large.clone().max_of(small.clone()), *large);
    }
    assert!(x.is_positive() && !y.is_positive() && !q(0, 1).is_positive());
    for (x, square) in [
        (q(4, 9), true),
        (q(0, 1), true),
        (q(1, 1), true),
        (q(2, 1), false),
        (q(4, 3), false),
        (q(1, 2), false),
        (q(-4, 9), false),
        (q(-1, 1), false),
    ] {
        assert_eq!(x.is_square(), square, "{x:?}");
    }
    for (x, count) in [
        (q(7, 1), Some(7)),
        (q(0, 1), Some(0)),
        (q(-1, 1), None),
        (q(1, 2), None),
        (q(i64::MAX, 1), Some(i64::MAX as u64)),
    ] {
        assert_eq!(x.as_count(), count, "{x:?}");
    }
    // Numerator and denominator have 65 536 bits at most.
    let two = |bits: u32| BigInt::from(1) << bits;
    assert!(Fraction::new(two(65_535), 3.into()).is_some());
    assert!(Fraction::new(two(65_536), 3.into()).is_none());
    assert!(Fraction::new(3.into(), two(65_535)).is_some());
    assert!(Fraction::new(3.into(), two(65_536)).is_none());
    assert!(Fraction::new(two(200_000), two(199_999)).is_some());
}

#[test]
fn fractions_are_read_in_one_form() {
    for text in ["0", "7", "-7", "1/2", "-31/50", "12345678901234567890123/2"] {
        assert_eq!(Fraction::read(text).expect(text).written(), text);
    }
    let longest = "7".repeat(19_000);
    assert_eq!(Fraction::read(&longest).expect("it").written(), longest);
    for text in [
        "", "-", "/", "1/", "/2", "-0", "00", "07", "+7", "1/1", "2/4", "1/-2", "1/0", "0/5",
        "0.5", "1e3", " 1", "1 ", "1_0", "1/2/3", "a",
    ] {
        assert!(Fraction::read(text).is_err(), "{text}");
    }
    assert!(Fraction::read(&"7".repeat(20_000)).is_err());
}

#[test]
fn texts_are_read_in_one_form() {
    for text in [
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "\"\"",
        "\" !#[]^~\"",
        "[]",
        "{}",
        "[1,[],{}]",
        r#"{"":0,"A":"x","a":[{"b":1}]}"#,
    ] {
        let value = json::read(text.as_bytes()).expect(text);
        let mut written = String::new();
        value.write(&mut written);
        assert_eq!(written, text);
    }
    for text in [
        "",
        " 0",
        "0 ",
        "00",
        "-0",
        "-",
        "+1",
        "1.0",
        "1e1",
        "9223372036854775808",
        "-9223372036854775809",
        "--1",
        "1-",
        "\"",
        "\"a",
        "a",
        "'a'",
        "\"\\n\"",
        "\"a\\\"b\"",
        "\"\u{7f}\"",
        "\"\t\"",
        "\"\u{e4}\"",
        "\"a\"\"b\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 ,2]",
        "[1;2]",
        "[1]]",
        "{",
        "}",
        "{1:2}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":1}",
        "{\"b\":1,\"a\":1}",
        "{\"a\" :1}",
        "{\"a\";1}",
        "{\"a\":1;\"b\":1}",
        "null",
        "true",
        "[1}",
        "{\"a\":1]",
    ] {
        let failure = json::read(text.as_bytes()).expect_err(text);
        assert_eq!(failure.kind, Kind::Format, "{text}");
        assert!(failure.message.starts_with("byte "), "{text}: {failure}");
    }
    // 100 lists inside one another, or objects, and no more.
    let lists = |n: usize| "[".repeat(n) + &"]".repeat(n);
    let objects = |n: usize| "{\"a\":".repeat(n) + "0" + &"}".repeat(n);
    assert!(
        json::read(lists(101).as_bytes()).is_ok() && json::read(lists(102).as_bytes()).is_err()
    );
    assert!(
        json::read(objects(100).as_bytes()).is_ok() && json::read(objects(101).as_bytes()).is_err()
    );
}

#[test]
fn values_are_taken_as_what_they_are() {
    let read = |text: &str| json::read(text.as_bytes()).expect(text);
    let all = [
        read("7"),
        read("\"x\""),
        read("[1,2]"),
        read(r#"{"a":1,"b":2}"#),
    ];
    let kinds = |json: &Json| {
        [
            json.integer().is_ok(),
            json.text().is_ok(),
            json.list().is_ok(),
            json.fields().is_ok(),
        ]
    };
    for (i, json) in all.iter().enumerate() {
        let mut only = [false; 4];
        only[i] = true;
        assert_eq!(kinds(json), only);
    }
    assert_eq!(
        (all[0].integer(), all[1].text(), all[2].list()),
        (Ok(7), Ok("x"), Ok(&[read("1"), read("2")][..]))
    );
    assert_eq!((all[0].count(7), read("0").count(0)), (Ok(7), Ok(0)));
    assert!(all[0].count(6).is_err() && read("-1").count(u64::MAX).is_err());
    let mut fields = all[3].fields().expect("it");
    assert_eq!(fields.take("a", Json::integer), Ok(1));
    assert!(fields.optional("a").is_none() && fields.optional("c").is_none());
    assert_eq!(
        fields
            .take("a", Json::integer)
            .expect_err("taken")
            .to_string(),
        "a: it is missing"
    );
    assert_eq!(
        fields.end().expect_err("b is left").to_string(),
        "b: there is no such field"
    );
    let mut fields = all[3].fields().expect("it");
    assert_eq!(
        fields
            .take("b", Json::text)
            .expect_err("a number")
            .to_string(),
        "b: a string is expected"
    );
    assert_eq!(fields.optional("a"), Some(&read("1")));
    assert!(fields.end().is_ok());
    // echo -n '[1,2]' | sha256sum
    assert_eq!(
        all[2].hash(),
        "49a64717d5d4cb19952e6eac2946415cf6879adacf9908e7d872332d32c6e684"
    );
}
