"""Vital signs and laboratory values of a note, and the findings that they stand for.

Five readers, which :mod:`knowledge.medical.findings` calls one after another:

    measurements    values that are kept as numbers, for the red flags
    results         other laboratory results, which only stand for findings
    spinal_fluid    results of spinal fluid
    dipsticks       what a strip found in urine
    normal          words for a normal value: "afebrile"

What they read:

    quantities      names, units and plausible values of measurements
    ranges          their normal ranges, and the findings of other values
    blood_pressure  "118/70"
    coma_scale      "E3V4M5"
    tpr             "TPR: 37.8/98/18"
    trends          several values after one name
    analyte         how the result of a laboratory test is written
    analyte_table   the laboratory tests
    blood           of which: blood cells, iron and clotting
    antibodies      of which: antibodies
    hormones        of which: hormones
    urine           tests of the urine in Chinese lists

Which values do not count:

    stated          targets, past values, those of a spoilt sample
    earlier         those that a newer value replaces
    fluids          those of urine and other fluids
    sample          what comments of a laboratory say about the sample
"""
