"""The register in the forms others read: the CNIL's workbook and PIA tool, Fides, DPV. Vocabulary values in, bytes out."""

from reports.registre.dpv import render_dpv
from reports.registre.fides import render_fides
from reports.registre.measured import Measured, read_audit
from reports.registre.ods import render_ods
from reports.registre.pia import render_pia

__all__ = ["Measured", "read_audit", "render_dpv", "render_fides", "render_ods", "render_pia"]
