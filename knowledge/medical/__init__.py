"""Findings, diseases and the ranking between them.

What is known:

    knowledge          everything below, read once and compiled for a fast start
    ontology           the Human Phenotype Ontology (HPO)
    hpoa               HPO's annotations of OMIM, Orphanet and DECIPHER
    diseases           which findings occur in which disease, and how often
    twins              entries of OMIM and Orphanet for the same disease
    series             numbered series of diseases, such as Noonan syndrome 1 and 2
    common             common and urgent conditions, written by us
    counterparts       common conditions that are also diseases of the base
    drugs              ingredients and classes of drugs
    icd10cm            the codes and descriptions of ICD-10-CM
    lexicon            names of drugs and diseases
    names              compares names of diseases
    chinese_names      our Chinese names of findings
    codes              codes of findings as the source writes them
    stems              how words are compared

Reading a patient:

    case               a patient: findings with their evidence, from any source
    measurements       measured values
    notes              reads a clinical note
    findings           findings in running text
    entities           diseases, drugs and procedures in running text

Ranking:

    likelihood         the likelihood ratio of each finding for each disease
    case_features      how closely a case resembles the likeliest diseases
    differential       the ranking of the base's diseases
    joint              common conditions and the base's diseases in one list
    abstain            when no list is shown
    next_finding       the most useful finding to ask about next

Suggestions:

    confidence         the probability that the first disease is right
    certificate        the proof that suggestions are right often enough
    versions           what a certificate depends on
    fitted_files       the files of ``make fit-diagnosis``

Emergencies:

    red_flags          applies the rules
    red_flag_rules     the rules, one file per subject
    red_flag_findings  findings that the rules treat differently
    red_flag_evidence  whether the sentence around a finding lets it count
"""
