//! One suite for both databases: a story through every function, every statement, and the races that SQLite hides.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

/// Makes each `async fn name(place: &Place)` a test on SQLite and a test on Postgres.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let place = crate::place::sqlite().await;
                super::$test(&place).await;
                place.db.close().await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let Some(place) = crate::place::postgres(stringify!($test)).await else { return };
                super::$test(&place).await;
                place.db.close().await;
            })+
        }
    };
}

mod busy;
mod forks;
mod literals;
mod opening;
mod paging;
mod place;
mod races;
mod rows;
mod statements;
mod story;
