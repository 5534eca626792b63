"""HL7 v2: received over MLLP or from files, kept in a durable inbox, turned into FHIR R4."""
