//! Tables of text (RFC 4180): cells split by comma, semicolon or tab, whichever the first line uses most that is no note (`#`);
//! quoted ones may hold anything.

/// A row, with the number of the line on which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub line: usize,
    pub cells: Vec<String>,
}

/// The rows of a table, without blank ones; `Err` names the line in which a quote is not closed.
pub fn rows(text: &str) -> Result<Vec<Row>, usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    let count = |separator: &char| header.matches(*separator).count();
    let separator = [',', ';', '\t'].into_iter().rev().max_by_key(count).unwrap_or(',');
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted_since = None;
    let mut letters = text.chars().peekable();
    let (mut line, mut next) = (1, 1_usize);
    while let Some(letter) = letters.next() {
        next = next.saturating_add(usize::from(letter == '\n'));
        match (letter, quoted_since) {
            ('"', Some(_)) if letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            ('"', Some(_)) => quoted_since = None,
            ('"', None) if cell.trim().is_empty() => {
                cell.clear();
                quoted_since = Some(next);
            }
            ('\r', None) if letters.peek() == Some(&'\n') => {}
            ('\n' | '\r', None) => {
                cells.push(std::mem::take(&mut cell));
                rows.push(Row { line, cells: std::mem::take(&mut cells) });
                line = next;
            }
            (letter, None) if letter == separator => cells.push(std::mem::take(&mut cell)),
            (letter, _) => cell.push(letter),
        }
    }
    if let Some(line) = quoted_since {
        return Err(line);
    }
    cells.push(cell);
    rows.push(Row { line, cells });
    rows.retain(|row: &Row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_as_programs_write_them() {
        for (text, expected) in [
            ("a,b\n1,2\n", Ok(vec![(1, vec!["a", "b"]), (2, vec!["1", "2"])])),
            ("\u{feff}a;b\r\n1;\"2;3\"\r\n", Ok(vec![(1, vec!["a", "b"]), (2, vec!["1", "2;3"])])),
            ("a\tb\n\n1\t\"say \"\"hi\"\"\"", Ok(vec![(1, vec!["a", "b"]), (3, vec!["1", "say \"hi\""])])),
            ("a,b\n\"two\nlines\",2\nx", Ok(vec![(1, vec!["a", "b"]), (2, vec!["two\nlines", "2"]), (4, vec!["x"])])),
            ("# a, b, c\na;b", Ok(vec![(1, vec!["# a, b, c"]), (2, vec!["a", "b"])])),
            ("a\n\"open", Err(2)),
            ("", Ok(vec![])),
        ] {
            let expected = expected.map(|rows: Vec<(usize, Vec<&str>)>| {
                let row = |(line, cells): (usize, Vec<&str>)| Row {
                    line,
                    cells: cells.into_iter().map(str::to_owned).collect(),
                };
                rows.into_iter().map(row).collect()
            });
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }
}
