//! Reads a sheet from CSV: the layout in which Meta publishes its cards (a market a row, a category a column), or our own (a rate a
//! row). What is said of the card stands before the table, in lines such as `# valid_from: 2026-10-01`.
use super::{Line, Problem, Sheet};
use crate::csv::{Row, rows};

/// Our columns, of which `tier_from` may be left out.
const LONG: [&str; 4] = ["market", "category", "tier_from", "rate"];
/// How a table says that there is no rate.
const NONE: [&str; 4] = ["", "n/a", "-", "\u{2013}"];

/// What the text says. Notes around the table that are no `# name: value` of ours are passed over, as Meta writes some.
pub(super) fn read(text: &str, sheet: &mut Sheet) -> Result<(), Vec<Problem>> {
    let rows = rows(text).map_err(|unreadable| vec![Problem::new("the file", unreadable.to_string())])?;
    let is_header = |row: &Row| row.cells.iter().any(|cell| name(cell) == "market");
    let Some(header) = rows.iter().position(is_header) else {
        return Err(vec![Problem::new("the file", "has no row with the column `market`")]);
    };
    let (before, table) = rows.split_at(header);
    let mut problems = Vec::new();
    for row in before {
        if let Err(wrong) = note(&row.cells.join(","), sheet) {
            problems.push(Problem::new(format!("row {}", row.line), wrong));
        }
    }
    if let Some((header, rows)) = table.split_first() {
        let columns: Vec<String> = header.cells.iter().map(|cell| name(cell)).collect();
        let is_long = columns.iter().any(|column| column == "category");
        for row in rows {
            if row.cells.len() > columns.len() {
                problems.push(Problem::new(format!("row {}", row.line), "has more cells than the header"));
            } else if is_long {
                sheet.lines.push(long(&columns, row));
            } else {
                wide(&columns, row, sheet);
            }
        }
        let missing = |column: &&&str| **column != "tier_from" && !columns.iter().any(|name| name == **column);
        if is_long {
            let missing = LONG.iter().filter(missing);
            problems.extend(missing.map(|name| Problem::new("the header", format!("has no column `{name}`"))));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The name of a column, or of a note: Meta writes them with capitals, breaks and stars.
fn name(cell: &str) -> String {
    let words: Vec<&str> = cell.trim_matches(['*', ' ', '\n', '\r', '\t']).split_whitespace().collect();
    words.join("_").to_lowercase()
}

/// `# name: value`; a name that we do not know is a slip of the pen in a line of ours, and nothing in another.
fn note(line: &str, sheet: &mut Sheet) -> Result<(), String> {
    let Some(line) = line.trim().strip_prefix('#') else { return Ok(()) };
    let Some((name, value)) = line.split_once(':') else { return Ok(()) };
    let (name, value) = (name.trim(), value.trim().trim_end_matches(','));
    if name.contains(char::is_whitespace) || sheet.say(name, value) {
        Ok(())
    } else {
        Err(format!("`{name}` is unknown"))
    }
}

fn cell<'a>(columns: &[String], row: &'a Row, wanted: &str) -> &'a str {
    let at = columns.iter().position(|column| column == wanted);
    at.and_then(|at| row.cells.get(at)).map_or("", |cell| cell.trim())
}

fn long(columns: &[String], row: &Row) -> Line {
    let text = |wanted| cell(columns, row, wanted).to_owned();
    Line {
        at: format!("row {}", row.line),
        column: "rate".to_owned(),
        market: text("market"),
        category: text("category"),
        tier_from: text("tier_from"),
        rate: text("rate"),
    }
}

fn wide(columns: &[String], row: &Row, sheet: &mut Sheet) {
    let market = cell(columns, row, "market");
    let at = format!("row {}", row.line);
    for (column, rate) in columns.iter().zip(&row.cells) {
        let rate = rate.trim();
        match column.as_str() {
            "market" | "" => {}
            "currency" => sheet.currencies.push((at.clone(), rate.to_owned())),
            category if !NONE.contains(&rate.to_lowercase().as_str()) => sheet.lines.push(Line {
                at: at.clone(),
                column: category.to_owned(),
                market: market.to_owned(),
                category: category.to_owned(),
                tier_from: String::new(),
                rate: rate.to_owned(),
            }),
            _ => {}
        }
    }
}
