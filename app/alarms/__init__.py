"""What a patient, or somebody for them, calls wrong between visits."""
