//! Parquet, all row groups of it. What people publish is read by [`crate::parquet`], which trusts nothing; this is for files
//! that somebody counts with on their own machine, in every encoding and compression that is written today.

use std::cell::Cell;
use std::fmt::Write;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::{BadTable, COLUMNS_MAX, places};

/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;

/// Tells each row of a Parquet file: the values of the wanted columns in their order, whole numbers in digits, moments in
/// microseconds since 1970, nothing as an empty value.
///
/// # Errors
/// [`BadTable`] for what is no such table, and for what the reader of the row says of it.
pub fn packed<R: ChunkReader + 'static>(
    file: R,
    wanted: &'static [&'static str],
    row: &mut dyn FnMut(&[&str]) -> Result<(), String>,
) -> Result<(), BadTable> {
    let broken = |error: ParquetError| BadTable::Whole(format!("it is no sound Parquet file: {error}"));
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema();
    let fields = schema.get_fields();
    if fields.len() > COLUMNS_MAX {
        return Err(BadTable::Whole(format!("it has more than {COLUMNS_MAX} columns")));
    }
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    let places = places(wanted, &names)?;
    let mut order: Vec<usize> = places.iter().copied().flatten().collect();
    order.sort_unstable();
    let kept = order.iter().map(|place| fields[*place].clone()).collect();
    let kept = Type::group_type_builder(schema.name()).with_fields(kept).build().map_err(broken)?;
    // Where each wanted column is among those that are kept, which keep their order in the file.
    let among: Vec<Option<usize>> = places
        .iter()
        .map(|place| place.and_then(|place| order.iter().position(|kept| *kept == place)))
        .collect();
    let mut texts = vec![String::new(); wanted.len()];
    let mut found_rows = unshaken(|| reader.get_row_iter(Some(kept)))?.map_err(broken)?;
    for number in 1_u64.. {
        let odd = |what: String| BadTable::Row { unit: "row", number, what };
        let Some(found) = unshaken(|| found_rows.next())? else { break };
        let found = found.map_err(|error| odd(error.to_string()))?;
        write_values(&found, &among, wanted, &mut texts).map_err(odd)?;
        let values: Vec<&str> = texts.iter().map(String::as_str).collect();
        row(&values).map_err(odd)?;
    }
    Ok(())
}

thread_local! {
    /// Whether this thread reads what may be damaged: a panic is then no fault of the program, and nobody is told of it.
    static READS: Cell<bool> = const { Cell::new(false) };
}

/// The library panics at some damage: to whoever counts, that is a file that cannot be read, and nothing else.
fn unshaken<T>(read: impl FnOnce() -> T) -> Result<T, BadTable> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !READS.get() {
                told(panic);
            }
        }));
    });
    READS.set(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    READS.set(false);
    read.map_err(|_| BadTable::Whole("it is no sound Parquet file: its pages are damaged".to_owned()))
}

fn write_values(
    row: &Row,
    among: &[Option<usize>],
    wanted: &[&str],
    texts: &mut [String],
) -> Result<(), String> {
    let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
    for ((place, text), name) in among.iter().zip(texts).zip(wanted) {
        text.clear();
        let Some(place) = place else { continue };
        let field = fields.get(*place).ok_or_else(|| format!("it has no {name}"))?;
        let known = write_value(field, text);
        known.ok_or_else(|| format!("{name} is of a type that is not counted with"))?;
    }
    Ok(())
}

fn write_value(field: &Field, text: &mut String) -> Option<()> {
    match field {
        Field::Null => Ok(()),
        Field::Str(value) => {
            text.push_str(value);
            Ok(())
        }
        Field::Bytes(value) => {
            text.push_str(value.as_utf8().ok()?);
            Ok(())
        }
        Field::Byte(value) => write!(text, "{value}"),
        Field::Short(value) => write!(text, "{value}"),
        Field::Int(value) => write!(text, "{value}"),
        Field::Long(value) => write!(text, "{value}"),
        Field::UByte(value) => write!(text, "{value}"),
        Field::UShort(value) => write!(text, "{value}"),
        Field::UInt(value) => write!(text, "{value}"),
        Field::ULong(value) => write!(text, "{value}"),
        Field::Float(value) => write!(text, "{value}"),
        Field::Double(value) => write!(text, "{value}"),
        Field::Date(days) => write!(text, "{}", i64::from(*days) * DAY_MICROS),
        Field::TimestampMillis(millis) => write!(text, "{}", millis.saturating_mul(1000)),
        Field::TimestampMicros(micros) => write!(text, "{micros}"),
        _ => return None,
    }
    .ok()
}
