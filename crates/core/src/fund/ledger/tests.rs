//! Books that hold, and what does not get into them.

use proptest::prelude::*;

use super::*;

fn euro() -> Currency {
    Currency::new("EUR", 2).unwrap()
}

fn transfer(debit: &str, credit: &str, amount: u64) -> Transfer {
    Transfer { debit: debit.parse().unwrap(), credit: credit.parse().unwrap(), amount }
}

fn entry(id: &str, at: i64, act: Act) -> Entry {
    Entry { id: id.into(), at: at * 86_400_000_000, memo: format!("What {id} is"), act }
}

/// A round: promised, received in part, shared, challenged, shared again, claimed, owed.
pub(super) fn round() -> Book {
    let mut book = Book::new(euro());
    let all = [
        entry("pledge-1", 1, Act::Transfer(vec![transfer("pledged/ada", "pool", 100_000)])),
        entry("paid-in-1", 2, Act::Transfer(vec![transfer("bank", "pledged/ada", 60_000)])),
        entry(
            "tally-1",
            3,
            Act::Pend(vec![
                transfer("pool", "escrow/models/ben/one", 70_000),
                transfer("pool", "escrow/doi:10.1/x", 30_000),
            ]),
        ),
        entry("void-1", 4, Act::Void("tally-1".into())),
        entry(
            "tally-2",
            4,
            Act::Pend(vec![
                transfer("pool", "escrow/models/ben/one", 60_001),
                transfer("pool", "escrow/doi:10.1/x", 39_999),
            ]),
        ),
        entry("post-2", 18, Act::Post("tally-2".into())),
        entry("claim-1", 19, Act::Transfer(vec![transfer("escrow/models/ben/one", "payable/ben", 60_001)])),
    ];
    for one in all {
        assert_eq!(book.write(one), Ok(Written::New));
    }
    book
}

#[test]
fn a_round_from_pledge_to_claim() {
    let mut book = round();
    let of = |book: &Book, account: &str| book.balance(&account.parse().unwrap());
    assert_eq!(of(&book, "pool"), Balance::default());
    assert_eq!(of(&book, "payable/ben").posted, 60_001);
    assert_eq!(of(&book, "escrow/doi:10.1/x").posted, 39_999);
    assert_eq!((of(&book, "bank").posted, of(&book, "pledged/ada").posted), (60_000, 40_000));
    // Twice is once; another of the same id is none.
    let again =
        entry("claim-1", 30, Act::Transfer(vec![transfer("escrow/models/ben/one", "payable/ben", 60_001)]));
    assert_eq!(book.write(again), Ok(Written::Known));
    let other = entry("claim-1", 30, Act::Transfer(vec![transfer("escrow/doi:10.1/x", "payable/ben", 1)]));
    assert_eq!(book.write(other), Err(BadEntry::Another("claim-1".into())));
    assert_eq!(book.lines().len(), 7);
    let read = Book::read(euro(), book.lines().to_vec()).unwrap();
    assert_eq!(read, book);
    assert_eq!(Book::parse(&book.bytes()), Ok(read));
    assert!(Book::parse(b"{}").is_err());
    let mut forged = book.lines().to_vec();
    forged[0].entry.memo = "Another".into();
    assert_eq!(Book::read(euro(), forged), Err(BadEntry::Seal(1)));
    let mut cut = book.lines().to_vec();
    cut.remove(1);
    assert_eq!(Book::read(euro(), cut), Err(BadEntry::Seal(2)));
    for other in [Currency::new("EUR", 0).unwrap(), Currency::new("USD", 2).unwrap()] {
        let lines = book.lines().to_vec();
        assert_eq!(Book::read(other, lines), Err(BadEntry::Seal(1)), "what amounts are in is sealed");
    }
    let last = book.lines().last().unwrap();
    assert_eq!(book.last_seal(), Some(last.seal.as_str()));
    for memo in ["turned \u{202e}around", "two\u{2028}lines", "no\u{200b}width"] {
        let odd = Entry { memo: memo.into(), ..entry("odd", 9, Act::Post("a".into())) };
        assert!(matches!(Book::new(euro()).write(odd), Err(BadEntry::Words(_))), "{memo:?}");
    }
}

#[test]
fn nothing_is_spent_twice() {
    let mut book = Book::new(euro());
    let write = |book: &mut Book, id: &str, act| book.write(entry(id, 1, act));
    write(&mut book, "a", Act::Transfer(vec![transfer("pledged/ada", "pool", 100)])).unwrap();
    write(&mut book, "b", Act::Pend(vec![transfer("pool", "escrow/x", 80)])).unwrap();
    let short = BadEntry::Short { account: "pool".into(), has: 20, wanted: 21 };
    assert_eq!(write(&mut book, "c", Act::Pend(vec![transfer("pool", "escrow/y", 21)])), Err(short.clone()));
    assert_eq!(write(&mut book, "c", Act::Transfer(vec![transfer("pool", "escrow/y", 21)])), Err(short));
    // What is only coming cannot be claimed.
    assert!(write(&mut book, "c", Act::Transfer(vec![transfer("escrow/x", "payable/x", 1)])).is_err());
    write(&mut book, "d", Act::Post("b".into())).unwrap();
    assert_eq!(write(&mut book, "e", Act::Post("b".into())), Err(BadEntry::NotPending("b".into())));
    assert_eq!(write(&mut book, "e", Act::Void("b".into())), Err(BadEntry::NotPending("b".into())));
    assert_eq!(write(&mut book, "e", Act::Void("a".into())), Err(BadEntry::NotPending("a".into())));
    assert_eq!(book.balance(&Account::Escrow("x".into())), Balance { posted: 80, ..Balance::default() });
    assert_eq!(book.lines().len(), 3, "what was refused left nothing behind");
}

#[test]
fn what_is_no_entry() {
    let mut book = Book::new(euro());
    let one = || vec![transfer("pledged/ada", "pool", 1)];
    let mut refused = |entry: Entry| book.write(entry).unwrap_err().to_string();
    for id in ["", "A", "a b", &"x".repeat(161)] {
        assert!(refused(entry(id, 1, Act::Transfer(one()))).contains("an id is"), "{id}");
    }
    for memo in ["", " x", "=1+1", "a\nb", "a\"b", &"x".repeat(141)] {
        let odd = Entry { memo: memo.into(), ..entry("a", 1, Act::Transfer(one())) };
        assert!(refused(odd).contains("a memo"), "{memo}");
    }
    assert!(refused(entry("a", 1, Act::Transfer(Vec::new()))).contains("1 to"));
    assert!(refused(entry("a", 1, Act::Transfer(vec![transfer("bank", "bank", 1)]))).contains("itself"));
    assert!(refused(entry("a", 1, Act::Transfer(vec![transfer("bank", "pool", 0)]))).contains("nothing"));
    assert!(refused(entry("a", 1, Act::Transfer(vec![transfer("bank", "pool", u64::MAX)]))).contains("2^62"));
    book.write(entry("a", 5, Act::Transfer(one()))).unwrap();
    assert_eq!(book.write(entry("b", 4, Act::Transfer(one()))), Err(BadEntry::Older("b".into())));
    for bad in ["", "cash", "pool/x", "pledged", "pledged/", "escrow/a b", "payable/a;b"] {
        assert_eq!(bad.parse::<Account>(), Err(BadAccount(bad.into())));
    }
    assert!(Currency::new("eur", 2).is_err() && Currency::new("EUR", 7).is_err());
    let minor = |text: &str| euro().minor(text);
    assert_eq!(["12", "12.5", "12.05", " 0.01 "].map(minor), [Some(1200), Some(1250), Some(1205), Some(1)]);
    assert_eq!(["", ".5", "1.005", "-1", "1e3", "1,5", "99999999999999999999"].map(minor), [None; 7]);
    let yen = Currency::new("JPY", 0).unwrap();
    assert_eq!((euro().amount(5), yen.amount(5)), ("0.05".into(), "5".into()));
    let spelled = [0, 99_999, 100_000, 123_456_789].map(|minor| euro().spelled(minor));
    assert_eq!(spelled, ["0.00", "999.99", "1,000.00", "1,234,567.89"]);
    assert_eq!([999, 1000, 1_234_567].map(|minor| yen.spelled(minor)), ["999", "1,000", "1,234,567"]);
}

#[test]
fn exports_say_what_counts() {
    let book = round();
    let journal = hledger(&book);
    assert!(journal.contains("1970-01-19 * (tally-2) What tally-2 is\n"), "{journal}");
    assert!(journal.contains("    liabilities:escrow:doi%3A10.1/x  -399.99 EUR\n"), "{journal}");
    assert!(!journal.contains("tally-1"), "what was voided never was: {journal}");
    let counted = beancount(&book);
    assert!(counted.contains("1970-01-02 open Liabilities:Escrow:Xmodels-ben-one-"), "{counted}");
    assert!(counted.contains("  name: \"models/ben/one\""), "{counted}");
    let table = csv(&book);
    assert_eq!(table.lines().count(), 1 + 9);
    assert!(
        table.contains(
            "3,tally-1,1970-01-04T00:00:00.000Z,pend,voided,pool,escrow/models/ben/one,700.00,EUR,"
        ),
        "{table}"
    );
}

#[test]
fn banks_are_told_who_is_owed() {
    let payer =
        Payer { name: "A & B".into(), iban: "DE89 3704 0044 0532 0130 00".into(), message: "round-1".into() };
    let mut payees = BTreeMap::new();
    let now = Time::from_secs(0);
    let pay = |payees: &BTreeMap<String, Payee>| payments(&round(), &payer, payees, now, now);
    assert_eq!(pay(&payees), Err(BadPayment::Unknown("ben".into())));
    let wrong = Payee { name: "Ben".into(), iban: "GB82 WEST 1234 5698 7654 33".into() };
    payees.insert("ben".to_owned(), wrong.clone());
    assert_eq!(pay(&payees), Err(BadPayment::Iban(wrong.iban)));
    payees.insert("ben".to_owned(), Payee { name: "Ben".into(), iban: "GB82 WEST 1234 5698 7654 32".into() });
    let file = pay(&payees).unwrap();
    for part in [
        "<CtrlSum>600.01</CtrlSum>",
        "<InstdAmt Ccy=\"EUR\">600.01</InstdAmt>",
        "<IBAN>GB82WEST12345698765432</IBAN>",
        "<Nm>A &amp; B</Nm>",
        "<CreDtTm>1970-01-01T00:00:00</CreDtTm>",
    ] {
        assert!(file.contains(part), "{part}: {file}");
    }
    assert_eq!(payments(&Book::new(euro()), &payer, &payees, now, now), Err(BadPayment::Nothing));
}

proptest! {
    /// Whatever is written, what there is is what is owed, and nothing holds less than nothing.
    #[test]
    fn debits_are_credits(acts in prop::collection::vec((0_u8..4, 0_usize..5, 0_usize..5, 1_u64..1000), 1..60)) {
        let names = ["bank", "pledged/a", "pool", "escrow/x", "payable/b"];
        let mut book = Book::new(euro());
        for (n, (what, a, b, amount)) in acts.into_iter().enumerate() {
            let transfers = vec![transfer(names[a], names[b], amount)];
            let id = n.saturating_sub(b).to_string();
            let act = match what {
                0 => Act::Transfer(transfers),
                1 => Act::Pend(transfers),
                2 => Act::Post(id),
                _ => Act::Void(id),
            };
            let before = book.clone();
            if book.write(entry(&n.to_string(), 1, act)).is_err() {
                prop_assert_eq!(&before, &book);
            }
            let side = |side: Side| -> u64 {
                book.balances().filter(|(account, _)| account.side() == side).map(|(_, balance)| balance.posted).sum()
            };
            prop_assert_eq!(side(Side::Debit), side(Side::Credit));
            prop_assert!(book.balances().all(|(_, balance)| balance.reserved <= balance.posted));
        }
        prop_assert_eq!(Book::read(euro(), book.lines().to_vec()).unwrap(), book);
    }
}
