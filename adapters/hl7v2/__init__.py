"""HL7 v2 messages: received over MLLP or from files, kept in a durable inbox, converted to FHIR R4."""
