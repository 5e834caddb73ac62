"""How a person is recognised: identifiers of every channel, each belonging to one member (M-01, M-02)."""
