//! Phone numbers as Meta reads them: formatting, country codes, and the countries where one line has two spellings.

/// Calling codes with fewer than three digits are 1, 7 and these; every other code has three.
const TWO_DIGIT_CODES: [&str; 43] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
    "91", "92", "93", "94", "95",
];

/// Countries of made-up business-scoped user ids, by calling code; other codes count as US.
const COUNTRIES: [(&str, &str); 24] = [
    ("7", "RU"),
    ("20", "EG"),
    ("27", "ZA"),
    ("31", "NL"),
    ("33", "FR"),
    ("34", "ES"),
    ("39", "IT"),
    ("41", "CH"),
    ("43", "AT"),
    ("44", "GB"),
    ("49", "DE"),
    ("52", "MX"),
    ("54", "AR"),
    ("55", "BR"),
    ("56", "CL"),
    ("57", "CO"),
    ("62", "ID"),
    ("91", "IN"),
    ("234", "NG"),
    ("254", "KE"),
    ("351", "PT"),
    ("966", "SA"),
    ("971", "AE"),
    ("972", "IL"),
];

/// What a `to` became: the digits that Meta dials, and whether it had to guess the country.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dialled {
    pub(crate) digits: String,
    /// The number came without `+`, so Meta put the business number's country code before it.
    pub(crate) guessed: bool,
}

/// Reads a `to`. Spaces, hyphens, dots and parentheses are allowed; anything else makes it no phone number.
pub(crate) fn dial(to: &str, business_digits: &str) -> Option<Dialled> {
    let compact: String = to.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let (international, number) = match compact.strip_prefix('+') {
        Some(number) => (true, number),
        None => (false, compact.as_str()),
    };
    if !(7..=15).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = if international { number.to_owned() } else { format!("{}{number}", calling_code(business_digits)) };
    Some(Dialled { digits, guessed: !international })
}

/// The country calling code with which a number in international form begins.
pub(crate) fn calling_code(digits: &str) -> &str {
    let length = match (digits.get(..1), digits.get(..2)) {
        (Some("1" | "7"), _) => 1,
        (_, Some(two)) if TWO_DIGIT_CODES.contains(&two) || two == "98" => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}

/// The country letters of a made-up business-scoped user id for this number.
pub(crate) fn country(digits: &str) -> &'static str {
    let code = calling_code(digits);
    COUNTRIES.iter().find(|(known, _)| *known == code).map_or("US", |(_, country)| country)
}

/// Whether two spellings are one line: Brazil's ninth digit, Mexico's 1 and Argentina's 9 may be there or not.
pub(crate) fn same_line(a: &str, b: &str) -> bool {
    shortest(a) == shortest(b)
}

fn shortest(digits: &str) -> String {
    let without = |prefix: usize, extra: char, full: usize| {
        let (head, tail) = digits.split_at_checked(prefix)?;
        (digits.len() == full).then(|| tail.strip_prefix(extra)).flatten().map(|rest| format!("{head}{rest}"))
    };
    match calling_code(digits) {
        "55" => without(4, '9', 13),
        "52" => without(2, '1', 13),
        "54" => without(2, '9', 13),
        _ => None,
    }
    .unwrap_or_else(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_plus_gets_the_business_numbers_country_code() {
        let cases = [
            ("+49 (151) 123-45678", "15550123456", Some(("4915112345678", false))),
            ("4915112345678", "15550123456", Some(("14915112345678", true))),
            ("15112345678", "4930123456", Some(("4915112345678", true))),
            ("15112345678", "351912345678", Some(("35115112345678", true))),
            ("+12ab", "1", None),
            ("", "1", None),
        ];
        for (to, business, expected) in cases {
            let expected = expected.map(|(digits, guessed)| Dialled { digits: digits.into(), guessed });
            assert_eq!(dial(to, business), expected, "{to}");
        }
    }

    #[test]
    fn two_spellings_of_a_line_are_one() {
        assert!(same_line("5511987654321", "551187654321"));
        assert!(same_line("5215512345678", "525512345678"));
        assert!(same_line("5491123456789", "541123456789"));
        assert!(!same_line("16505551234", "16505551235"));
        assert_eq!(country("5511987654321"), "BR");
        assert_eq!(country("16505551234"), "US");
    }
}
