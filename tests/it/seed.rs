//! What random runs have in common: the seed that repeats one, and how long it is.

/// Says at the end of a run that failed how to repeat it.
pub struct Seed(pub u64);

impl Seed {
    /// `CASEMENT_SEED`, or another one each time.
    pub fn draw() -> Seed {
        Seed(number("CASEMENT_SEED").unwrap_or_else(rand::random))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to repeat the run: CASEMENT_SEED={}", self.0);
        }
    }
}

/// What a variable of the environment says, if it is there.
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}
