//! Phones as tables hold them, made E.164 where there is one way to read them.
use crate::identity;
use crate::pricing::Country;

/// Countries whose numbers are dialled within them as from outside, without a prefix.
const WITHOUT_TRUNK: &str = "AD BH CI CL CM CR CY CZ DK EE ES GI GR GT HK HN IS IT KW LU LV MC MO MT MX NI NO OM PA PL PT \
     QA SG SM SN SV TN VA";

/// What is dialled within a country before a number.
fn trunk(country: Country) -> &'static str {
    let code = country.to_string();
    if WITHOUT_TRUNK.split(' ').any(|without| without == code) {
        return "";
    }
    match code.as_str() {
        "RU" | "KZ" | "BY" | "TM" | "UZ" => "8",
        "HU" => "06",
        _ if country.calling_code() == Some("1") => "1",
        _ => "0",
    }
}

/// The phone, and what had to be done to it; `Err`: why it cannot be one, as the end of a sentence about it.
pub fn repair(written: &str, country: Option<Country>) -> Result<(String, Option<String>), String> {
    let text = tidied(written);
    if is_scientific(&text) {
        return Err(format!(
            "{written} was cut to the notation of a spreadsheet, and its last digits are lost: format the column as text"
        ));
    }
    if let Some(letter) = text.chars().find(|c| c.is_alphabetic()) {
        return Err(format!("{written} has the letter {letter}"));
    }
    let text = text.strip_suffix(".0").unwrap_or(&text).replace("(0)", "");
    if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/')) {
        return Err(format!("{written} is no phone"));
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let international = match (text.starts_with('+'), digits.strip_prefix("00")) {
        (true, _) => Some(digits.clone()),
        (false, Some(rest)) => Some(rest.to_owned()),
        (false, None) => None,
    };
    let digits = match (international, country) {
        (Some(digits), _) => without_trunk(digits),
        (None, Some(country)) => national(&digits, country).ok_or_else(|| format!("{written} is no phone"))?,
        (None, None) if digits.starts_with('0') => {
            return Err(format!("{written} is a national number: say of which country in default_country"));
        }
        (None, None) => digits,
    };
    let phone = identity::phone(&format!("+{digits}"));
    let phone = phone.filter(|phone| Country::of_phone(phone).is_some());
    let phone = phone.ok_or_else(|| format!("{written} is no number of any country"))?;
    let is_short = phone.starts_with("+1") && phone.len() != 12;
    if is_short {
        return Err(format!("{written} has not the ten digits of a number of North America"));
    }
    let note = (phone != written).then(|| format!("phone {written} was read as {phone}"));
    Ok((phone, note))
}

/// Without what programs and people put around a number, seen or unseen.
fn tidied(text: &str) -> String {
    let is_unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let seen = text.chars().filter(|c| !is_unseen(*c)).map(|c| match c {
        c if c.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{ff0b}' => '+',
        other => other,
    });
    let text: String = seen.collect();
    let text = text.trim().trim_start_matches(['\'', '=']).trim_matches('"').trim();
    text.strip_prefix("tel:").unwrap_or(text).trim().to_owned()
}

/// `4.91512E+12`, with any mark before the fraction.
fn is_scientific(text: &str) -> bool {
    let Some((number, power)) = text.split_once(['e', 'E']) else { return false };
    let power = power.trim_start_matches(['+', '-']);
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    !number.is_empty() && !power.is_empty() && is_number(number.trim_start_matches(['+', '-'])) && is_number(power)
}

/// `+49 0151…`: the zero is dialled within the country alone.
fn without_trunk(digits: String) -> String {
    let Some(country) = Country::of_phone(&digits) else { return digits };
    let Some((code, rest)) = country.calling_code().and_then(|code| Some((code, digits.strip_prefix(code)?))) else {
        return digits;
    };
    match rest.strip_prefix('0') {
        Some(rest) if trunk(country) == "0" => format!("{code}{rest}"),
        _ => digits,
    }
}

/// So many digits may a number have within the countries of a calling code, as far as it may begin like the code itself.
fn longest(code: &str) -> usize {
    match code {
        // All mobile phones of Kazakhstan begin with 7, and those of an area of Brazil with 55.
        "7" => 10,
        "55" => 11,
        _ => code.len().saturating_add(8),
    }
}

/// With the country's code, unless it is there.
fn national(digits: &str, country: Country) -> Option<String> {
    let code = country.calling_code()?;
    let trunk = trunk(country);
    // Longer than a number of the country: the code is there, without its plus.
    if code != "1" && digits.starts_with(code) && digits.len() > longest(code) {
        return Some(without_trunk(digits.to_owned()));
    }
    let rest = digits.strip_prefix(trunk).filter(|_| !trunk.is_empty()).unwrap_or(digits);
    Some(format!("{code}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_repaired_where_there_is_one_way() {
        let (de, us, it, hu, ru) = ("DE", "US", "IT", "HU", "RU");
        for (written, country, read) in [
            ("+4915123456789", "", Some("+4915123456789")),
            ("0151 234 567 89", de, Some("+4915123456789")),
            ("0049 (0)151/23456789", "", Some("+4915123456789")),
            ("+49 0151 23456789", "", Some("+4915123456789")),
            ("4915123456789", de, Some("+4915123456789")),
            ("15123456789", de, Some("+4915123456789")),
            ("'+49 151 23456789", "", Some("+4915123456789")),
            ("=\"+4915123456789\"", "", Some("+4915123456789")),
            ("\u{202a}+49\u{a0}151\u{2011}23456789\u{202c}", "", Some("+4915123456789")),
            ("tel:+49-151-23456789", "", Some("+4915123456789")),
            ("4915123456789.0", "", Some("+4915123456789")),
            ("(650) 555-1234", us, Some("+16505551234")),
            ("1 650 555 1234", us, Some("+16505551234")),
            ("650 555 123", us, None),
            ("06 1234 5678", it, Some("+390612345678")), // Italy keeps its zero
            ("0630 123 4567", hu, Some("+36301234567")),
            ("8 916 123 45 67", ru, Some("+79161234567")),
            ("701 234 5678", "KZ", Some("+77012345678")),
            ("7 701 234 5678", "KZ", Some("+77012345678")),
            ("(55) 99999-1234", "BR", Some("+5555999991234")),
            ("55 55 99999-1234", "BR", Some("+5555999991234")),
            ("55 11 3333 4444", "BR", Some("+551133334444")),
            ("0151 23456789", "", None), // of which country?
            ("4.91512E+12", de, None),
            ("4,91512e12", de, None),
            ("+49 151 CALLME", "", None),
            ("12", de, None),
            ("n/a", de, None),
            ("+999 1234567", "", None),
        ] {
            let found = repair(written, Country::parse(country)).ok().map(|(phone, _)| phone);
            assert_eq!(found.as_deref(), read, "{written} {country}");
        }
    }

    #[test]
    fn what_was_repaired_is_told_and_what_was_lost_is_named() {
        assert_eq!(repair("+16505551234", None).unwrap().1, None);
        let note = repair("0151 23456789", Country::parse("DE")).unwrap().1.unwrap();
        assert!(note.contains("0151 23456789") && note.contains("+4915123456789"), "{note}");
        assert!(repair("4.91512E+12", None).unwrap_err().contains("spreadsheet"));
        assert!(repair("0151 2345678", None).unwrap_err().contains("default_country"));
    }
}
