"""What a patient is asked, day by day, and what they see of today before they answer."""
