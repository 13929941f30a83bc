//! Tables of text (RFC 4180): fields split by comma, semicolon or tab, whichever the first line uses most; quoted ones may
//! hold anything.

/// The lines of a table; `Err` names the line in which a quote is not closed.
pub(super) fn read(text: &str) -> Result<Vec<Vec<String>>, usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: &char| header.matches(*separator).count();
    let separator = [',', ';', '\t'].into_iter().rev().max_by_key(count).unwrap_or(',');
    let (mut lines, mut line, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted_since = None;
    let mut letters = text.chars().peekable();
    let mut number: usize = 1;
    while let Some(letter) = letters.next() {
        number += usize::from(letter == '\n');
        match (letter, quoted_since) {
            ('"', Some(_)) if letters.peek() == Some(&'"') => {
                field.push('"');
                letters.next();
            }
            ('"', Some(_)) => quoted_since = None,
            ('"', None) if field.trim().is_empty() => {
                field.clear();
                quoted_since = Some(number);
            }
            ('\r', None) if letters.peek() == Some(&'\n') => {}
            ('\n' | '\r', None) => {
                line.push(std::mem::take(&mut field));
                lines.push(std::mem::take(&mut line));
            }
            (letter, None) if letter == separator => line.push(std::mem::take(&mut field)),
            (letter, _) => field.push(letter),
        }
    }
    if let Some(line) = quoted_since {
        return Err(line);
    }
    line.push(field);
    lines.push(line);
    lines.retain(|line: &Vec<String>| line.iter().any(|field| !field.trim().is_empty()));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_as_programs_write_them() {
        for (text, expected) in [
            ("a,b\n1,2\n", Ok(vec![vec!["a", "b"], vec!["1", "2"]])),
            ("\u{feff}a;b\r\n1;\"2;3\"\r\n", Ok(vec![vec!["a", "b"], vec!["1", "2;3"]])),
            ("a\tb\n\n1\t\"say \"\"hi\"\"\"", Ok(vec![vec!["a", "b"], vec!["1", "say \"hi\""]])),
            ("a,b\n\"two\nlines\",2", Ok(vec![vec!["a", "b"], vec!["two\nlines", "2"]])),
            ("a\n\"open", Err(2)),
            ("", Ok(vec![])),
        ] {
            let expected = expected.map(|lines: Vec<Vec<&str>>| {
                lines.into_iter().map(|line| line.into_iter().map(str::to_owned).collect()).collect()
            });
            assert_eq!(read(text), expected, "{text:?}");
        }
    }
}
