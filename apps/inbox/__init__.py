"""The inbox of HL7 v2 messages for whoever joins the suite to a hospital: what waits, what failed and why."""
