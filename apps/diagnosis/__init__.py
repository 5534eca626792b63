"""The diagnostic assistant.

The assistant:

    service         a record or a note becomes findings and a ranking
    reading         the same step by step, red flags first
    assessment      what it says of a case
    visit           a patient on the screen
    person          age, sex and pregnancy, and their correction
    stop            findings of notes that must be confirmed before anything is ranked
    decision        what the clinician decides, stored and written back
    ask             questions about the record
    search          findings by what a clinician types

The page:

    ui              layout and wiring
    view            what the page shows
    open_patients   patients under review, kept and shared by the pages of a clinician
    kept            which of them a page may continue
    chooser         the choice of a patient
    panels          parts that are redrawn when the visit changes
    board           banner, red flags, findings and diseases
    record          the view of the record
    decision_panel  the footer's buttons
    actions         what buttons do to a visit
    html            the page's HTML
    warning_signs   the warning signs of a condition: each once, with its date if it is old
    words           findings, red flags and certificates as text

Exports:

    summary         an assessment as headed lines of text
    as_json         as JSON
    pdf             as PDF
    document        as a FHIR document
    downloads       files for the browser, served once

Oversight:

    review          the reviewer's page
    review_charts   its charts
    oversight       one handle on what is stored, and on the switch
    safety          stops suggestions
    silent          records lists without showing them
    problems        reported problems
    certify         certifies suggestions on a site's own cases
    cases           the file of such cases
    examinations    how often a site's cases were examined
    store           all of this in the database
    tables          its tables
"""
