"""The inbox of HL7 v2 messages for engineers who connect a hospital: what waits, what failed and why."""
