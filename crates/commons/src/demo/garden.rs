//! The rows of the demo data set: made-up observations of an allotment garden through one season.

use super::draw::Draw;
use super::parquet::{self, Column, Values};

/// Rows of both splits together.
const ROWS: i64 = 4500;
/// Every ninth row is kept for the test split: 500 of 4500.
const TEST_EVERY: i64 = 9;

/// What grows: name, height when grown in centimetres, day of the year when it starts, days until grown.
const PLANTS: [(&str, i64, i64, i64); 24] = [
    ("apple", 320, 90, 120),
    ("basil", 45, 130, 70),
    ("beetroot", 40, 105, 85),
    ("broad bean", 110, 70, 95),
    ("carrot", 35, 95, 100),
    ("chard", 55, 100, 75),
    ("chives", 30, 75, 60),
    ("courgette", 70, 135, 60),
    ("dill", 95, 115, 65),
    ("garlic", 60, 60, 130),
    ("kale", 75, 150, 90),
    ("leek", 65, 110, 130),
    ("lettuce", 25, 85, 55),
    ("mint", 60, 80, 90),
    ("oak seedling", 28, 100, 110),
    ("onion", 50, 85, 110),
    ("parsnip", 45, 90, 140),
    ("pea", 130, 80, 70),
    ("potato", 65, 110, 80),
    ("radish", 18, 75, 35),
    ("rosemary", 85, 60, 160),
    ("spinach", 30, 70, 50),
    ("sunflower", 210, 120, 95),
    ("tomato", 160, 135, 90),
];
const PLOTS: [&str; 8] = ["A1", "A2", "B1", "B2", "C1", "C2", "D1", "D2"];
const YOUNG: [&str; 5] = [
    "seed leaves open",
    "first true leaves",
    "small and even",
    "a few gaps in the row",
    "just above the soil",
];
const GROWING: [&str; 7] = [
    "new leaves since last week",
    "leaning towards the path",
    "strong stems",
    "some leaves eaten by slugs",
    "flower buds showing",
    "lower leaves turning yellow",
    "growing well",
];
const GROWN: [&str; 6] = [
    "ready to pick",
    "picked the first ones",
    "in full flower",
    "setting seed",
    "going over",
    "bees on the flowers",
];
const DEEDS: [&str; 8] = [
    "Watered in the evening",
    "Weeded the row",
    "Mulched with straw",
    "Tied to a cane",
    "Thinned the row",
    "Nothing done",
    "Looked under the leaves for eggs",
    "Added compost",
];

/// What somebody wrote down about one plant on one day.
pub(super) struct Observation {
    id: i64,
    day: i64,
    plot: &'static str,
    plant: &'static str,
    height_mm: i64,
    moisture_permille: i64,
    temperature_tenths: i64,
    pub(super) note: String,
}

/// Days 60 to 329 of a year, in the order in which they were written down.
fn season() -> Vec<Observation> {
    let mut draw = Draw::new("garden-observations");
    (1..=ROWS).map(|id| observe(&mut draw, id)).collect()
}

/// One row. Warmth is a parabola over the year with its top on day 200; growth is linear until the plant is grown;
/// the soil dries as it gets warmer. Whole numbers throughout, so that no rounding can differ.
fn observe(draw: &mut Draw, id: i64) -> Observation {
    let day = 60 + id * 270 / (ROWS + 1);
    let (plant, grown_cm, start, span) = draw.pick(&PLANTS);
    let plot = draw.pick(&PLOTS);
    let temperature_tenths = 215 - (day - 200) * (day - 200) * 19 / 3240 + draw.between(-45, 45);
    let moisture_permille = (420 - temperature_tenths + draw.between(-110, 150)).clamp(40, 600);
    let share_permille = ((day - start) * 1000 / span).clamp(20, 1000);
    let height_mm = grown_cm * share_permille / 100 * draw.between(80, 118) / 100;
    let stage = match share_permille {
        ..=200 => draw.pick(&YOUNG),
        201..=850 => draw.pick(&GROWING),
        _ => draw.pick(&GROWN),
    };
    let soil = match moisture_permille {
        ..=150 => "dry",
        151..=300 => "crumbly",
        301..=430 => "damp",
        _ => "wet",
    };
    let weather = match temperature_tenths {
        ..=60 => "a cold day",
        61..=140 => "cool and grey",
        141..=200 => "mild with some sun",
        _ => "warm and bright",
    };
    let deed = draw.pick(&DEEDS);
    let note = format!("{plant} in plot {plot}: {stage}. Soil {soil}, {weather}. {deed}.");
    Observation { id, day, plot, plant, height_mm, moisture_permille, temperature_tenths, note }
}

/// The splits: training rows and test rows.
pub(super) fn splits() -> (Vec<Observation>, Vec<Observation>) {
    season().into_iter().partition(|row| row.id % TEST_EVERY != 0)
}

/// The Parquet file of some rows.
pub(super) fn parquet(rows: &[Observation]) -> Vec<u8> {
    let whole = |value: fn(&Observation) -> i64| Values::Int64(rows.iter().map(value).collect());
    let tenths = |value: fn(&Observation) -> i64, unit: f64| {
        Values::Double(rows.iter().map(|row| value(row) as f64 / unit).collect())
    };
    let text =
        |value: fn(&Observation) -> &str| Values::Text(rows.iter().map(|row| value(row).into()).collect());
    parquet::write(&[
        Column { name: "id", values: whole(|row| row.id) },
        Column { name: "day_of_year", values: whole(|row| row.day) },
        Column { name: "plot", values: text(|row| row.plot) },
        Column { name: "plant", values: text(|row| row.plant) },
        Column { name: "height_cm", values: tenths(|row| row.height_mm, 10.0) },
        Column { name: "soil_moisture", values: tenths(|row| row.moisture_permille, 1000.0) },
        Column { name: "air_temperature_c", values: tenths(|row| row.temperature_tenths, 10.0) },
        Column { name: "note", values: text(|row| &row.note) },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_plausible() {
        let (train, test) = splits();
        assert_eq!((train.len(), test.len()), (4000, 500));
        for row in train.iter().chain(&test) {
            assert!((60..330).contains(&row.day), "{}", row.day);
            assert!((1..=4000).contains(&row.height_mm), "{} {}", row.plant, row.height_mm);
            assert!((40..=600).contains(&row.moisture_permille));
            assert!((-200..=300).contains(&row.temperature_tenths), "{}", row.temperature_tenths);
        }
        let warm = |from: i64, to: i64| {
            let days: Vec<i64> = train
                .iter()
                .filter(|row| (from..to).contains(&row.day))
                .map(|row| row.temperature_tenths)
                .collect();
            days.iter().sum::<i64>() / days.len() as i64
        };
        assert!(warm(185, 215) > warm(60, 90) + 80);
    }

    #[test]
    fn files_hold_their_rows() {
        let (_, test) = splits();
        let file = parquet(&test);
        assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
        let note = test[0].note.as_bytes();
        assert!(file.windows(note.len()).any(|window| window == note));
    }
}
