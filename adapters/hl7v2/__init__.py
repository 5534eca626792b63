"""HL7 v2 messages: received over MLLP or from files, kept in a durable inbox, converted to FHIR R4.

In:

    mllp          the framing over TCP
    tls           TLS around it
    receive       takes frames into the inbox and acknowledges them
    acknowledge   the acknowledgements
    batch         files and frames of several messages
    message       bytes to segments, fields and components
    charsets      character sets
    structure     checks of a message's structure
    inbox         on disk before it is acknowledged, processed in order
    inbox_tables  its tables
    lanes         messages that must stay in order
    metrics       the inbox in Prometheus
    operating     what an operator can do with stored messages

To the FHIR server:

    to_fhir       a message as a FHIR transaction
    deliver       delivers in order, with retries and a quarantine
    reconcile     fits a message to what the server has
    identify      which of the server's resources a part of a message means
    searches      the searches for one message
    overlay       what a message does not say stays
    precedence    which of two versions is newer
    merging       merges of patients

Out:

    outgoing      approved results as messages
"""
