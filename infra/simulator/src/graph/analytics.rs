//! `GET /{waba_id}?fields=pricing_analytics.start(…)…`: what was charged, summed up by time and by the dimensions asked for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::errors::GraphError;
use crate::state::State;

const FIELD: &str = "pricing_analytics";
const DAY_S: i64 = 24 * 60 * 60;

/// The beginning of a point, and its dimensions with their values.
type Place<'a> = (i64, Vec<(&'static str, &'a str)>);
/// Its volume, and its cost where that is told.
type Sum = (i64, Option<i64>);

/// What is asked for.
struct Asked {
    start: i64,
    end: i64,
    /// Seconds of a point; all of the time for `MONTHLY`.
    step: i64,
    dimensions: Vec<String>,
    metrics: Vec<String>,
}

/// The member that `fields` asks for; `None` where it does not.
pub(crate) fn charges(state: &State, fields: Option<&str>) -> Result<Option<Value>, GraphError> {
    let Some((_, modifiers)) = fields.and_then(|fields| fields.split_once(FIELD)) else { return Ok(None) };
    let asked = Asked::read(modifiers)?;
    let points = asked.points(state);
    let data = if points.is_empty() { json!([]) } else { json!([{"data_points": points}]) };
    Ok(Some(json!({"data": data})))
}

/// The argument of a modifier such as `.start(…)`.
fn argument<'a>(modifiers: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = modifiers.split_once(&format!(".{name}("))?;
    rest.split_once(')').map(|(argument, _)| argument.trim())
}

/// `["A","B"]`, or the words alone.
fn list(argument: Option<&str>) -> Vec<String> {
    let words = argument.unwrap_or_default().split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_ascii_uppercase).collect()
}

impl Asked {
    fn read(modifiers: &str) -> Result<Self, GraphError> {
        let moment = |name: &str| {
            let seconds = argument(modifiers, name).and_then(|text| text.parse().ok());
            seconds.ok_or_else(|| GraphError::parameter(format!("({name}) must be a unix timestamp.")))
        };
        let (start, end): (i64, i64) = (moment("start")?, moment("end")?);
        if end <= start {
            return Err(GraphError::parameter("(end) must be later than (start)."));
        }
        let step = match argument(modifiers, "granularity") {
            Some("HALF_HOUR") => 30 * 60,
            Some("DAILY") => DAY_S,
            Some("MONTHLY") => end - start,
            _ => return Err(GraphError::parameter("(granularity) must be one of HALF_HOUR, DAILY, MONTHLY.")),
        };
        let metrics = list(argument(modifiers, "metric_types"));
        Ok(Self { start, end, step, dimensions: list(argument(modifiers, "dimensions")), metrics })
    }

    fn points(&self, state: &State) -> Vec<Value> {
        let mut sums: BTreeMap<Place, Sum> = BTreeMap::new();
        for charge in &state.charges {
            let Some(at) = charge.at.filter(|at| (self.start..self.end).contains(at)) else { continue };
            let number = charge.phone_number.as_deref().unwrap_or_default();
            let dimensions = [
                ("PRICING_CATEGORY", "pricing_category", charge.pricing_category.as_str()),
                ("PRICING_TYPE", "pricing_type", &charge.pricing_type),
                ("COUNTRY", "country", &charge.country),
                ("PHONE", "phone_number", number),
            ];
            let wanted = dimensions.iter().filter(|(name, ..)| self.dimensions.iter().any(|asked| asked == name));
            let begins = at - (at - self.start) % self.step;
            let key = (begins, wanted.map(|(_, member, value)| (*member, *value)).collect());
            let (volume, cost) = sums.entry(key).or_insert((0, Some(0)));
            *volume += charge.volume;
            let rate = state.settings.rate_micros(&charge.pricing_type, &charge.pricing_category);
            *cost = cost.zip(rate).map(|(cost, rate)| cost + rate * charge.volume);
        }
        let wants = |metric: &str| self.metrics.is_empty() || self.metrics.iter().any(|asked| asked == metric);
        let point = |((begins, dimensions), (volume, cost)): (Place, Sum)| {
            let mut point = Map::new();
            point.insert("start".into(), begins.into());
            point.insert("end".into(), (begins + self.step).min(self.end).into());
            point.extend(dimensions.into_iter().map(|(member, value)| (member.to_owned(), value.into())));
            if wants("VOLUME") {
                point.insert("volume".into(), volume.into());
            }
            if let Some(cost) = cost.filter(|_| wants("COST")) {
                point.insert("cost".into(), decimal(cost));
            }
            point.into()
        };
        sums.into_iter().map(point).collect()
    }
}

/// Micro-units as a JSON number of whole units.
fn decimal(micros: i64) -> Value {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    let text = format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    serde_json::from_str(&text).unwrap_or_default()
}
