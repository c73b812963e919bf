//! Limits of what is told to addresses of others.

use super::KIB;

/// Addresses that one member has told.
pub const WEBHOOKS_MAX: usize = 50;
/// Repos, members and groups that one address is told of.
pub const WATCHED_MAX: usize = 50;
/// Bytes of an address.
pub const WEBHOOK_URL_BYTES_MAX: usize = 2_000;
/// Bytes of a secret.
pub const WEBHOOK_SECRET_BYTES_MAX: usize = 500;
/// Addresses that are told of one repo.
pub const WEBHOOKS_TOLD_MAX: i64 = 200;
/// What waits to be told to one address; what comes on top of that is lost.
pub const DELIVERIES_WAITING_MAX: i64 = 1_000;
/// What is told at once.
pub const DELIVERIES_AT_ONCE: usize = 64;
/// What of one member is told at once: slow addresses of one do not hold up what others have told.
pub const DELIVERIES_OF_ONE: i64 = 2;
/// Seconds after which the next try comes: one more than there are here are made.
pub const DELIVERY_AGAIN_SECS: [i64; 6] = [60, 300, 1_800, 7_200, 21_600, 86_400];
/// Seconds that one may take, with its connection.
pub const DELIVERY_SECS: u64 = 20;
/// Bytes of an answer that are read.
pub const DELIVERY_ANSWER_BYTES_MAX: usize = 64 * KIB as usize;
/// Characters of it that are kept.
pub const DELIVERY_ANSWER_CHARS: usize = 2_000;
/// How many are given up in a row before an address is told nothing more.
pub const DELIVERIES_GIVEN_UP_MAX: i64 = 5;
/// Seconds for which it is kept what was told.
pub const DELIVERY_KEPT_SECS: i64 = 30 * 24 * 3600;
/// Deliveries in a page.
pub const DELIVERIES_PAGE: i64 = 50;
/// Characters of a comment that are told.
pub const HOOK_TEXT_CHARS: usize = 20_000;
/// Seconds after which it is looked for what is due, even if nobody said that something is.
pub const HOOKS_LOOK_SECS: u64 = 10;
