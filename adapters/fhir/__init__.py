"""Reads patients from FHIR R4 files and servers, writes what a clinician approved, and keeps the audit trail.

The server:

    client        reads and writes records, and audits every access
    connection    HTTP with limits, timeouts and safe retries
    auth          signs the requests: a fixed token, or SMART Backend Services
    launch        SMART App Launch
    capability    what the server declares, and what it lacks
    release       tells R4 from other releases, and valid resources from invalid ones
    failures      the server's errors as the suite's
    gather        everything that a server has about a patient
    patients      searches for patients, and for newer data
    export        Bulk Data: many patients at once, as files
    audit         who read or wrote which record

A record:

    bundle        one patient's record, from a file or a server
    people        whose record it is
    merges        patients that were merged
    demographics  name and record number
    contained     resources inside another
    left_out      resources that are not read as the patient's
    limits        limits of size and depth for JSON
    elements      parts of a resource, read without trusting its shape

From a record to a case:

    to_case       the way as a whole
    resources     findings of each type of resource
    observations  findings of an Observation's value
    questions     the question that a value answers
    measurements  vital signs and laboratory values
    local_names   what a result without a LOINC code is of
    ucum          units
    printed       numbers and normal ranges as laboratories print them
    specimens     what a result was measured in
    pregnancy     whether the patient is pregnant
    visits        why the patient was seen
    concept_map   a site's own codes
    collector     gathers findings, and what was left out
    reasons       why something did not become a finding

For the clinician:

    chart         the record to look things up in
    chart_notes   its free texts
    attachments   texts of notes, reports and letters
    documents     text of RTF, PDF and C-CDA documents
    drafts        what would be written back
    writeback     writes an approved draft once, and withdraws it
"""
