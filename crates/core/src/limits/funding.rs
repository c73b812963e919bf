//! Limits of use, trust, credit and rounds: what is counted, kept and told of each.

/// Works by consumers whose use waits to be written down.
pub const USAGE_WAITING_MAX: usize = 200_000;
/// Seconds after the end of a day within which every replica has written down what it counted.
pub const USAGE_LATE_SECS: i64 = 3_600;
/// Works on a day that are summed up at once, or told in one answer.
pub const USAGE_PAGE: i64 = 1_000;
/// Days that a day of use is kept: by then it counts for a thirty-second part.
pub const USAGE_DAYS_MAX: i64 = 5 * 365;
/// Days of use that a list names.
pub const USAGE_DAYS_SHOWN: i64 = 730;
/// Uses that are written down in one transaction.
pub const USAGE_WRITTEN_AT_ONCE: usize = 1_000;
/// Members that one vouches for.
pub const VOUCHED_MAX: i64 = 100;
/// Members who vouch for one, told to a program.
pub const VOUCHERS_MAX: usize = 1_000;
/// Seconds after which credit is computed anew for whoever asks.
pub const CREDIT_SECS: i64 = 600;
/// Rows that are read at once to compute it.
pub const CREDIT_PAGE: i64 = 10_000;
/// Works that a list of what a work's credit is made of names.
pub const CREDIT_LINES_MAX: usize = 100;
/// Works on the way of credit that are named.
pub const CREDIT_ALONG_MAX: usize = 16;
/// Rows of a table of what credit is computed from.
pub const CREDIT_TABLE_ROWS_MAX: usize = 500_000;
/// Rounds that a list shows.
pub const ROUNDS_SHOWN: i64 = 200;
/// Characters of what a round is for.
pub const ROUND_ABOUT_CHARS_MAX: usize = 4_000;
/// Works of a round.
pub const ROUND_WORKS_MAX: i64 = 5_000;
/// Works that nobody entered and that have their part by credit.
pub const ROUND_UPSTREAM_MAX: usize = 1_000;
/// Lines of a book beyond which members write no more: there is room for what ends the round.
pub const ROUND_LINES_MAX: usize = 200_000;
/// Times that a member gives in a round.
pub const ROUND_GIFTS_MAX: usize = 500;
/// Challenges of a round, and characters of one, of an answer, of a reason.
pub const ROUND_CHALLENGES_MAX: i64 = 500;
/// See [`ROUND_CHALLENGES_MAX`].
pub const ROUND_WORDS_CHARS_MAX: usize = 2_000;
/// Works of a round that one owner enters.
pub const ROUND_WORKS_EACH: i64 = 100;
/// Minor units of one pledge or gift: what all members may give together can be counted.
pub const ROUND_AMOUNT_MAX: u64 = 10_000_000_000_000;
/// Challenges of one member against one result.
pub const ROUND_CHALLENGES_EACH: usize = 5;
/// Seconds for which what a round comes to as it stands is kept, and of how many rounds.
pub const ROUND_ESTIMATE_SECS: i64 = 60;
/// See [`ROUND_ESTIMATE_SECS`].
pub const ROUND_ESTIMATES_KEPT: u64 = 50;
/// Steps that the Shapley value of a lineage may take: some seconds.
pub const SHAPLEY_STEPS_MAX: usize = 200_000_000;
