//! What we do about an error: a closed set of reactions, each with what a person can do beside it.

domain::words! {
    /// What to do with the message that met an error, and with what else the error is about.
    pub enum Reaction {
        /// It was not taken: send again, later.
        RetryLater = "retry",
        /// As `RetryLater`, for this person only: 1, 4, 16, 64 seconds, while others go on (P25).
        RetryPair = "retry_pair",
        /// It may have been sent: wait for its status (P19).
        InDoubt = "in_doubt",
        /// It was not sent and will not be.
        Refuse = "refuse",
        /// As `Refuse`; and the customer service window is closed, whatever we believed (P24).
        CloseWindow = "close_window",
        /// As `Refuse`; and the person gets no marketing until they allow it again (P40).
        SuppressMarketing = "suppress_marketing",
        /// As `Refuse`; and the person is not reachable on WhatsApp until they write.
        Unreachable = "unreachable",
        /// As `Refuse`; and the person gets no marketing for a day.
        Cooldown = "cooldown",
        /// As `Refuse`; and the channel starts no conversations for some hours (P26).
        Brake = "brake",
        /// It was not taken, and nothing of this channel will be until somebody has put it right (P27).
        StopChannel = "stop_channel",
        /// It was not taken, and nothing will be until there is a new token (P28).
        NewToken = "new_token",
        /// As `Refuse`; and the account's templates are other than we believe.
        TemplateStale = "template_stale",
        /// Refused on this edge; another one takes it.
        OtherEdge = "other_edge",
    }
}

impl Reaction {
    /// Whether the request was certainly refused before anything was done, for a reason that passes.
    pub fn is_retried(self) -> bool {
        matches!(self, Reaction::RetryLater | Reaction::RetryPair)
    }

    /// What a person can do, or need not do.
    pub fn help(self) -> &'static str {
        match self {
            Reaction::RetryLater => "It is tried again by itself. If it was given up, send it again later.",
            Reaction::RetryPair => "Too much was sent to this person at once. It is tried again by itself; send less.",
            Reaction::InDoubt => "WhatsApp may have sent it. Wait for a status; then decide with POST …/resolve.",
            Reaction::Refuse => "Sending the same again will be refused again: change what the details name.",
            Reaction::CloseWindow => "Send an approved template, or wait for the customer to write.",
            Reaction::SuppressMarketing => "The person stopped marketing messages: send none until they allow them.",
            Reaction::Unreachable => "Ask the person to write to you on WhatsApp, or use another way.",
            Reaction::Cooldown => "WhatsApp limits marketing to this person: try again after a day at the earliest.",
            Reaction::Brake => "Send less and better: templates wait until the brake is off, replies go on.",
            Reaction::StopChannel => "Put right in WhatsApp Manager what the details name; then POST …/resume.",
            Reaction::NewToken => "Store a valid access token in the SSM parameter; sending then goes on by itself.",
            Reaction::TemplateStale => "Look at the template's status and parameters; its list is being read again.",
            Reaction::OtherEdge => "It has to go by the other edge; that is chosen by the template's category.",
        }
    }
}
