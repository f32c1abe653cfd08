"""Third parties to talk to: a provider of identity checks, an authority, a platform."""
