//! Bundles of rounds and books of what they share: whoever computes one anew comes to the same bytes, whatever it says.

use seedcorn_core::fund::Round;
use seedcorn_core::fund::ledger::{Book, beancount, csv, hledger};

/// The bytes are a bundle or a book.
pub fn check(data: &[u8]) {
    if let Ok(round) = Round::read(data) {
        if let Ok(computed) = round.recompute() {
            let paid: u128 = computed.result.iter().map(|line| u128::from(line.matched)).sum();
            assert!(paid <= u128::from(round.parameters.pool), "no more than there is");
            let again = Round::read(&computed.bytes()).unwrap();
            assert_eq!(again.recompute().unwrap().bytes(), computed.bytes());
        }
    }
    if let Ok(book) = Book::parse(data) {
        assert_eq!(Book::parse(&book.bytes()).unwrap().bytes(), book.bytes());
        for text in [csv(&book), hledger(&book), beancount(&book)] {
            assert!(!text.contains('\0'));
        }
    }
}
